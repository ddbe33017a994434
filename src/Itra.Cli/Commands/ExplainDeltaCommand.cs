using System.CommandLine;
using Itra.Cli.Ablations;
using Itra.Cli.Sweeps;
using Itra.Tracking.Comparison;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class ExplainDeltaCommand
{
    public static Command Create(Session session)
    {
        var from = new Argument<string>("A") { Description = "the run to start from: an id, the beginning of one, or a name" };
        var to = new Argument<string>("B") { Description = "the run that is to be reached" };
        var file = new Option<string?>("--to") { Description = "write the sweep to this file instead of the screen" };
        var metric = new Option<string?>("--metric") { Description = "score to explain [retrieval-mean-recall]" };
        return new Command("explain-delta", "Proposes the sweep that finds out which difference between two runs does what.") { from, to, file, metric }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var (a, b) = (await ReadAsync(store.Runs, parsed.GetRequiredValue(from), cancellation), await ReadAsync(store.Runs, parsed.GetRequiredValue(to), cancellation));
            var path = parsed.GetValue(file);
            var done = await CompletedRuns.ReadAsync(store.Runs, cancellation);
            var delta = DeltaExplanation.Of(a, b, Path.GetFileNameWithoutExtension(path) ?? DeltaExplanation.DefaultName, parsed.GetValue(metric), done);
            delta = delta with { Rungs = RungReport.Scored(delta.Rungs, await ScoresAsync(store.Runs, delta, cancellation)) };
            if (path is not null) LadderFile.Save(path, delta.Recipe);
            else if (!answer.IsJson) session.Terminal.Out.Write(delta.Recipe);

            // In a pipe the sweep is the answer, unless it went to a file.
            var screen = path is null && !answer.IsForPeople ? session.Terminal with { Out = session.Terminal.Error } : session.Terminal;
            if (answer.IsJson) answer.Json(delta);
            else DeltaPage.Write(delta, new Output.Answer(screen, asJson: false), answer.IsForPeople ? session.Terminal.Out : session.Terminal.Error);
            if (path is not null && answer.IsForPeople) session.Terminal.Out.WriteLine($"`itra sweep run {path}` trains what is to run; the same command again shows what it explains");
        });
    }

    private static async Task<ComparedRun> ReadAsync(RunReader reader, string text, CancellationToken cancellation) =>
        await ComparedRuns.ReadAsync(reader, await reader.FindRunAsync(text, cancellation), cancellation);

    private static async Task<IReadOnlyDictionary<string, double>> ScoresAsync(RunReader reader, DeltaExplanation delta, CancellationToken cancellation)
    {
        Dictionary<string, double> scores = [];
        foreach (var id in delta.Rungs.Select(r => r.RunId).OfType<string>().Distinct())
            if (delta.DatasetDigest is { } digest && (await ReadAsync(reader, id, cancellation)).LastScore(delta.Metric, digest) is { } score) scores[id] = score;
        return scores;
    }
}
