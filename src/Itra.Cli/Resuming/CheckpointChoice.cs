using System.Globalization;
using Itra.Domain;
using Itra.Domain.Runs;

namespace Itra.Cli.Resuming;

/// <summary>Which of a run's checkpoints: <c>last</c>, <c>best</c> (mean recall), <c>epoch:N</c> (the end of it) or <c>step:N</c> (after so many updates).</summary>
internal static class CheckpointChoice
{
    public const string Last = "last", Forms = "last, best, epoch:N or step:N";

    /// <returns>Null for the last one of a run that has none.</returns>
    /// <exception cref="UserErrorException">The text is of no such form, or the run has no such checkpoint.</exception>
    /// <exception cref="RunRuleException">It was deleted.</exception>
    public static CheckpointSaved? Pick(PastRun run, string text)
    {
        var found = Find(run, text);
        return found is not null && run.State.Fates.GetValueOrDefault(found.Artifact.Sha256)?.Deletion is { } gone ? throw CheckpointRules.Gone(run.State, gone) : found;
    }

    private static CheckpointSaved? Find(PastRun run, string text) => text switch
    {
        Last => run.Last,
        "best" => Best(run),
        _ when Number(text, "epoch:") is { } epoch => run.Checkpoints.LastOrDefault(c => c.Epoch == epoch && run.EndsAnEpoch(c)) ?? throw Missing(run, $"at the end of epoch {epoch}"),
        _ when Number(text, "step:") is { } step => run.Checkpoints.LastOrDefault(c => c.Updates == step) ?? throw Missing(run, $"after step {step}"),
        _ => throw new UserErrorException($"a checkpoint is named {Forms}, not '{text}'"),
    };

    private static CheckpointSaved Best(PastRun run)
    {
        CheckpointSaved? best = null;
        var recall = double.NegativeInfinity;
        // Of equal recalls, the earliest is the best.
        foreach (var (key, scores) in run.State.Retrievals.OrderBy(r => r.Key.Epoch))
        {
            if (scores.MeanRecall <= recall || run.Checkpoints.LastOrDefault(c => c.Epoch == key.Epoch && run.EndsAnEpoch(c)) is not { } kept) continue;
            (best, recall) = (kept, scores.MeanRecall);
        }
        return best ?? throw Missing(run, "of an epoch whose retrieval was evaluated");
    }

    private static UserErrorException Missing(PastRun run, string which) => new($"{run.Id} has no checkpoint {which}; it has " + (run.Checkpoints.Count == 0 ? "none at all"
        : string.Join(", ", run.Checkpoints.Select(c => run.EndsAnEpoch(c) ? $"epoch:{c.Epoch}" : $"step:{c.Updates}").Distinct())));

    private static long? Number(string text, string form) =>
        text.StartsWith(form, StringComparison.Ordinal) && int.TryParse(text[form.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
