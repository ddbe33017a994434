using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>Runs as a table. People are spared what says nothing or has no room.</summary>
internal static class RunColumns
{
    private const int Narrow = 100, Wide = 120;

    /// <param name="width">Of the terminal; null in a pipe.</param>
    public static IReadOnlyList<Column<RunSummary>> For(IReadOnlyList<RunSummary> runs, int? width) =>
    [
        new("id", r => r.Id), new("name", r => r.Name) { Shrinks = true },
        new("experiment", r => r.Experiment) { Shrinks = true, Label = width < Wide && runs.DistinctBy(r => r.Experiment).Count() < 2 ? "" : "experiment" },
        new("status", r => r.Status.ToString().ToLowerInvariant()),
        new("epoch", r => $"{r.Epoch}{(r.EpochsPlanned is { } planned ? $"/{planned}" : "")}", IsNumber: true),
        new("last_loss", r => Form.Loss(r.LastLoss), IsNumber: true) { Label = width < Narrow ? "" : "loss" },
        new("best_mean_recall", r => Form.Percent(r.BestMeanRecall), IsNumber: true) { Label = "recall" },
        new("started_at", r => Form.Moment(r.StartedAt)) { Label = width < Narrow ? "" : "started at" }, new("trainer", r => r.Trainer) { Label = "" },
        new("marks", Marks) { Label = runs.Any(r => Marks(r).Length > 0) ? "marks" : "" },
        // Where the words have no room, the sign alone.
        new("verdict", r => VerdictText.Badge(r.Verdict) is { Length: > 0 } badge && width < Wide ? badge[..1] : VerdictText.Badge(r.Verdict))
        {
            Label = runs.All(r => r.Verdict is null) ? "" : width < Wide ? "=" : "reproduced",
        },
    ];

    /// <summary>That a run is no run of its own from its beginning to its end.</summary>
    private static string Marks(RunSummary run) => string.Join(' ', new[]
    {
        run.Origin?.Kind switch { OriginKind.Branch => "branch", OriginKind.Reproduction => "repeat", _ => "" },
        run.Resumptions switch { 0 => "", 1 => "resumed", var times => $"resumed {times}x" },
    }.Where(m => m.Length > 0));
}
