using System.Collections.Immutable;
using Itra.Domain.Runs;

namespace Itra.Tracking.Explanations;

public enum AncestorKind
{
    /// <summary>Weights that were there before any training here: random, or a published model's.</summary>
    InitialWeights,

    /// <summary>A file from which a tower took its weights.</summary>
    WeightFile,

    /// <summary>A checkpoint, or bare weights, that training went on from.</summary>
    Checkpoint,

    /// <summary>The run from whose checkpoint this one branched off.</summary>
    Branch,

    /// <summary>The run that this one repeats, starting where that one started.</summary>
    Reproduction,
}

/// <summary>Something that a run's weights came from.</summary>
/// <param name="Depth">0 for what the explained run started from, 1 for what that came from, and so on.</param>
/// <param name="Name">A file's, or the words in which the run recorded its weights' source.</param>
/// <param name="Sha256">Of the file; of initial weights, over their tensors.</param>
/// <param name="RunId">The run that made it; null if no run here did.</param>
/// <param name="Epoch">Epochs completed there.</param>
public sealed record Ancestor(int Depth, AncestorKind Kind, string Name, string? Sha256 = null, string? RunId = null, string? RunName = null, int? Epoch = null)
{
    /// <summary>What did not fit when it was taken over, where the user allowed that.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];

    /// <summary>What that run was trained on.</summary>
    public MeasuredSet? TrainedOn { get; init; }

    /// <summary>The run's own ancestors are more than this page follows, or have been told already.</summary>
    public bool Unfollowed { get; init; }
}

/// <summary>Where a file that a run started from was made.</summary>
/// <param name="FileName">As that run called it.</param>
internal sealed record Maker(string Sha256, string RunId, string FileName, int Epoch);

/// <summary>Follows a run's weights back through the runs they came from.</summary>
internal sealed class Lineage(IReadOnlyDictionary<string, RunRecord> runs, IReadOnlyDictionary<string, Maker> makers)
{
    public const int Deepest = 6;

    /// <summary>Each run is followed once, so that even a store which contradicts itself gives an end.</summary>
    public IReadOnlyList<Ancestor> Of(string runId) => [.. Of(runId, 0, [runId])];

    /// <summary>Digests of the files that a run started from.</summary>
    public static IEnumerable<string> FilesOf(RunRecord record) =>
        record.All<StartedFromCheckpoint>().Select(c => c.Sha256)
            .Concat(record.All<InputFingerprinted>().Where(IsWeights).Select(i => i.File.Sha256))
            .Concat(record.Registered?.Origin?.CheckpointSha256 is { } sha256 ? [sha256] : []);

    private IEnumerable<Ancestor> Of(string runId, int depth, ImmutableHashSet<string> told)
    {
        if (!runs.TryGetValue(runId, out var record)) yield break;
        foreach (var ancestor in Direct(record, depth, told))
        {
            var followed = ancestor is { RunId: { } id, Kind: not AncestorKind.Reproduction } && runs.ContainsKey(id) && !told.Contains(id) && depth < Deepest ? id : null;
            yield return ancestor with
            {
                Unfollowed = followed is null && ancestor is { RunId: not null, Kind: not AncestorKind.Reproduction },
                TrainedOn = ancestor.RunId is { } source && ancestor.Kind != AncestorKind.Reproduction ? TrainingSetOf(source) : null,
            };
            if (followed is null) continue;
            told = told.Add(followed);
            foreach (var earlier in Of(followed, depth + 1, told)) yield return earlier;
        }
    }

    private IEnumerable<Ancestor> Direct(RunRecord record, int depth, ImmutableHashSet<string> told)
    {
        var origin = record.Registered?.Origin;
        if (origin is { Kind: OriginKind.Reproduction }) yield return new Ancestor(depth, AncestorKind.Reproduction, "", null, origin.RunId, NameOf(origin.RunId));
        var start = record.First<StartedFromCheckpoint>();
        if (origin is { Kind: OriginKind.Branch })
            yield return new Ancestor(depth, AncestorKind.Branch, start?.FileName ?? "", origin.CheckpointSha256, origin.RunId, NameOf(origin.RunId), origin.Epoch) { Differences = start?.Differences ?? [] };
        else if (start is not null)
            yield return File(depth, AncestorKind.Checkpoint, start.FileName, start.Sha256, record.RunId) with { Differences = start.Differences };
        // A checkpoint that fits replaces every tensor.
        if (start is { Differences.Count: 0 } || origin is { Kind: OriginKind.Branch }) yield break;
        if (record.First<ModelInitialised>() is not { } model) yield break;
        InputFingerprinted[] files = [.. record.All<InputFingerprinted>().Where(IsWeights).DistinctBy(i => i.File.Sha256)];
        foreach (var file in files) yield return File(depth, AncestorKind.WeightFile, file.FileName, file.File.Sha256, record.RunId);
        if (files is []) yield return new Ancestor(depth, AncestorKind.InitialWeights, model.WeightsSource, model.WeightsDigest);
    }

    private Ancestor File(int depth, AncestorKind kind, string name, string sha256, string of) =>
        makers.TryGetValue(sha256, out var maker) && maker.RunId != of
            ? new Ancestor(depth, kind, name, sha256, maker.RunId, NameOf(maker.RunId), maker.Epoch)
            : new Ancestor(depth, kind, name, sha256);

    private string? NameOf(string runId) => runs.TryGetValue(runId, out var record) ? record.Registered?.Spec.Name : null;

    private MeasuredSet? TrainingSetOf(string runId) =>
        runs.TryGetValue(runId, out var record) && record.All<DatasetFingerprinted>().FirstOrDefault(d => d.Role == "train")?.Dataset is { } set ? new MeasuredSet(set.Name, set.Digest) : null;

    private static bool IsWeights(InputFingerprinted input) => input.Role is "image-weights" or "text-weights";
}
