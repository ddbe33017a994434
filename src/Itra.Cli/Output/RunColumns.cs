using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>Runs as a table. People are spared the columns that are empty in every row.</summary>
internal static class RunColumns
{
    public static IReadOnlyList<Column<RunSummary>> For(IReadOnlyList<RunSummary> runs) =>
    [
        new("id", r => r.Id), new("name", r => r.Name) { Shrinks = true }, new("experiment", r => r.Experiment) { Shrinks = true }, new("status", r => r.Status.ToString().ToLowerInvariant()),
        new("epoch", r => $"{r.Epoch}{(r.EpochsPlanned is { } planned ? $"/{planned}" : "")}", IsNumber: true),
        new("last_loss", r => Form.Loss(r.LastLoss), IsNumber: true) { Label = "loss" },
        new("best_mean_recall", r => Form.Percent(r.BestMeanRecall), IsNumber: true) { Label = "recall" },
        new("started_at", r => Form.Moment(r.StartedAt)), new("trainer", r => r.Trainer) { Label = "" },
        new("marks", Marks) { Label = runs.Any(r => Marks(r).Length > 0) ? "marks" : "" },
        new("verdict", r => VerdictText.Badge(r.Verdict)) { Label = runs.Any(r => r.Verdict is not null) ? "again" : "" },
    ];

    /// <summary>That a run is no run of its own from its beginning to its end.</summary>
    private static string Marks(RunSummary run) => string.Join(' ', new[]
    {
        run.Origin?.Kind switch { OriginKind.Branch => "branch", OriginKind.Reproduction => "repeat", _ => "" },
        run.Resumptions switch { 0 => "", 1 => "resumed", var times => $"resumed {times}x" },
    }.Where(m => m.Length > 0));
}
