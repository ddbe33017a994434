using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;

namespace Itra.Cli;

/// <summary>What commands that only look have in common: <c>--json</c>, a reader, an answer. No container, no event store: they have 0.4 s.</summary>
internal static class Reading
{
    /// <summary>Adds <c>--json</c> and runs <paramref name="look"/> with a reader.</summary>
    public static Command Reads(this Command command, Session session, Func<RunReader, Answer, ParseResult, CancellationToken, Task> look)
    {
        var json = new Option<bool>("--json") { Description = "answer as JSON" };
        command.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = new TrackingDatabase(StoreAddress.Resolve(session.Variable), session.Variable);
            await look(new RunReader(database), new Answer(session.Terminal, parsed.GetValue(json)), parsed, cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    public static Argument<string> RunArgument() => new("RUN") { Description = "an id, the beginning of one, or a name" };
}
