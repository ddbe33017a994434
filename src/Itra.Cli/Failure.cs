using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;

namespace Itra.Cli;

/// <summary>The one place where an exception becomes a line on stderr and an exit code.</summary>
internal static class Failure
{
    public static int Report(Exception failure, Session session)
    {
        var error = session.Terminal.Error;
        // What a library's own start throws comes wrapped.
        if (failure is TypeInitializationException { InnerException: UserErrorException reason }) failure = reason;
        switch (failure)
        {
            case OperationCanceledException:
                error.WriteLine("itra: cancelled");
                return ExitCode.Cancelled;
            case UserErrorException or RunRuleException:
                error.WriteLine("itra: " + session.Redaction.Text(failure.Message.ReplaceLineEndings(" ")));
                return failure is StoreUnavailableException ? ExitCode.Failed : ExitCode.WrongInput;
            default:
                error.WriteLine(session.Redaction.Text($"itra: internal error: {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}; {Details(failure, session)}"));
                return ExitCode.Failed;
        }
    }

    /// <summary>Keeps the whole exception in a file, as people only want to see it if they ask for it.</summary>
    private static string Details(Exception failure, Session session)
    {
        var log = Path.Combine(session.Home, "errors.log");
        try
        {
            Directory.CreateDirectory(session.Home);
            File.AppendAllText(log, session.Redaction.Text($"{session.Clock.GetUtcNow():O} {failure}{Environment.NewLine}"));
            return "details in " + log;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"details could not be written to {log} ({e.Message}): {failure}";
        }
    }
}
