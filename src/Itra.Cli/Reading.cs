using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Explanations;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.WriteAhead;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli;

/// <summary>What commands that only look have in common: <c>--json</c>, readers, an answer. No container, no event store: they have 0.4 s.</summary>
internal static class Reading
{
    /// <param name="AsOf">The moment of the past that they show; null for now.</param>
    public sealed record Store(RunReader Runs, MetricCurves Curves, LeaderboardReader Leaderboards, AuditLog Log, ExplanationReader Explanations, PointInTime? AsOf);

    /// <summary>Adds <c>--json</c> and <c>--as-of</c>, and runs <paramref name="look"/> with readers that show that moment.</summary>
    public static Command Reads(this Command command, Session session, Func<Store, Answer, ParseResult, CancellationToken, Task> look)
    {
        var json = JsonOption();
        var then = new Option<string?>("--as-of") { Description = "show what was recorded by then: a date (its end), a time, or seal:N" };
        command.Add(json);
        command.Add(then);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var asOf = parsed.GetValue(then) is { } text ? PointInTime.Parse(text, session.Clock.LocalTimeZone) : null;
            if (asOf is null) await CloseOrphansAsync(new RunReader(database), session, cancellation);
            else await asOf.MustBeKnownAsync(database, cancellation);
            var store = new Store(new RunReader(database, asOf), new MetricCurves(database, asOf), new LeaderboardReader(database, asOf), new AuditLog(database, asOf), new ExplanationReader(database, session.Variable, asOf), asOf);
            await look(store, new Answer(session.Terminal, parsed.GetValue(json)), parsed, cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    public static Argument<string> RunArgument() => new("RUN") { Description = "an id, the beginning of one, or a name" };

    public static Option<bool> JsonOption() => new("--json") { Description = "answer as JSON" };

    /// <summary>What killed processes left belongs to what is shown. Whatever keeps it from the store is told, and the rest is shown.</summary>
    private static async Task ShipAsync(ServiceProvider services, Session session, CancellationToken cancellation)
    {
        try
        {
            foreach (var log in await services.GetRequiredService<LogSync>().RunAsync(null, cancellation))
                if (log.Problem is { } problem) session.Terminal.Error.WriteLine($"itra: {log.RunId}: {session.Redaction.Text(problem)}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it is, the events stay in their log, and `itra sync` says more.
            session.Terminal.Error.WriteLine($"itra: events of interrupted runs are not in the store yet: {session.Redaction.Text((e is UserErrorException ? e : e.GetBaseException()).Message.ReplaceLineEndings(" "))}");
        }
    }

    /// <summary>Runs of this machine whose process was killed are ended, so that what is shown is true. The event store is opened only if there are any.</summary>
    public static async Task CloseOrphansAsync(RunReader runs, Session session, CancellationToken cancellation)
    {
        ServiceProvider? services = null;
        try
        {
            var journal = new Lazy<IRunJournal>(() => (services ??= session.OpenTracking()).GetRequiredService<IRunJournal>());
            if (LogSync.HasWork(session.Home)) await ShipAsync(services ??= session.OpenTracking(), session, cancellation);
            foreach (var run in await new OrphanRuns(runs, journal, session.Clock).CloseAsync(cancellation))
                session.Terminal.Error.WriteLine($"itra: {run.Id} ({run.Name}) was still running when its process ended without a word; it is recorded as failed");
        }
        finally
        {
            if (services is not null) await services.DisposeAsync();
        }
    }
}
