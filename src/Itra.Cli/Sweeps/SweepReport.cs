using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

/// <summary>A recipe's table: what the guide prints beside what was trained here.</summary>
internal sealed record SweepReport(string Recipe, string Title, string Guide, string Metric, IReadOnlyList<ReportRow> Rows)
{
    /// <param name="scores">By run.</param>
    public static SweepReport Of(Recipe recipe, IReadOnlyList<PlannedTrial> trials, CompletedRuns runs, ILookup<string, Evaluated> scores) =>
        new(recipe.Name, recipe.Title, recipe.Guide, recipe.Metric, [.. trials.Select(t => Row(recipe, t, runs, scores))]);

    private const int LogitScale = 1;

    private static ReportRow Row(Recipe recipe, PlannedTrial planned, CompletedRuns runs, ILookup<string, Evaluated> scores)
    {
        var answers = runs.Answers(planned.Request);
        var count = planned.Trains ? ModelParameters.Of(planned.Request.Config) : null;
        return new ReportRow(planned.Trial.Name, planned.Trial.Settings, planned.PairsPerUpdate, count?.Trainable, count is null ? null : count.Image.Total + count.Text.Total + LogitScale, [.. answers.Select(r => r.Summary.Id)],
            [.. recipe.Metrics.Select(metric => Figure.Of(
                metric, planned.Trial.Published.TryGetValue(metric, out var published) ? published : null, [.. answers.Select(r => scores[r.Summary.Id])]))]);
    }
}

/// <param name="Settings">What sets the trial apart.</param>
/// <param name="Trainable">Parameters; null where nothing trains.</param>
/// <param name="Total">Parameters of CLIP itself, without heads and prompt: what the guide's percentages are of.</param>
/// <param name="RunIds">One per seed; empty if the trial was not run yet.</param>
internal sealed record ReportRow(
    string Trial, IReadOnlyDictionary<string, string> Settings, int PairsPerUpdate, long? Trainable, long? Total, IReadOnlyList<string> RunIds, IReadOnlyList<Figure> Figures);
