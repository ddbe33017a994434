using Itra.Domain.Runs;

namespace Itra.Tracking.Retention;

/// <summary>A checkpoint and what became of it.</summary>
/// <param name="MeanRecall">The best that was measured with the weights in it; null if none was.</param>
/// <param name="IsSuperseded">The run was resumed from before it, and went another way.</param>
public sealed record Holding(string RunId, CheckpointSaved Saved, double? MeanRecall, bool IsSuperseded, CheckpointFate Fate);

/// <summary>What a run has stored, and what it needs of what others have.</summary>
internal sealed class RunHoldings
{
    private readonly Dictionary<string, CheckpointSaved> saved = [];
    private readonly Dictionary<int, long> updatesAfter = [];
    private readonly HashSet<string> references = [];
    private Run run = Run.Unknown;

    public Run Run => run;

    public RunOrigin? Origin { get; private set; }

    /// <summary>Digests of the files it refers to that are no checkpoints of its own, and of those it came from.</summary>
    public IReadOnlySet<string> References => references;

    /// <summary>Digests of all files that have to be there for it.</summary>
    public IEnumerable<string> Needs => references.Concat(run.Fates.Where(f => f.Value.Deletion is null).Select(f => f.Key)).Concat(run is { Status: RunStatus.Running, ResumedFrom: { } from } ? [from] : []);

    /// <summary>In the order of training, each file once.</summary>
    public IReadOnlyList<Holding> Checkpoints
    {
        get
        {
            var standing = run.Checkpoints.Select(c => c.Artifact.Sha256).ToHashSet();
            return
            [
                .. saved.Values.OrderBy(c => c.Updates ?? c.Step).ThenBy(c => c.At)
                    .Select(c => new Holding(run.Id, c, standing.Contains(c.Artifact.Sha256) ? RecallOf(c) : null, !standing.Contains(c.Artifact.Sha256), run.Fates[c.Artifact.Sha256])),
            ];
        }
    }

    public void Add(RunEvent e)
    {
        run = run.Evolve(e);
        switch (e)
        {
            case CheckpointSaved c:
                saved[c.Artifact.Sha256] = c;
                return;
            case RunRegistered { Origin: { } origin }:
                Origin = origin;
                if (origin.CheckpointSha256 is { } parting) references.Add(parting);
                break;
            case StartedFromCheckpoint s:
                references.Add(s.Sha256);
                break;
            case EpochCompleted c:
                updatesAfter[c.Epoch] = c.Step;
                break;
        }
        foreach (var artifact in RunArtifacts.Of(e)) references.Add(artifact.Sha256);
    }

    /// <summary>What was measured after an epoch is of the weights at its end, and not of those within the next.</summary>
    private double? RecallOf(CheckpointSaved c)
    {
        if (c.Updates is { } updates && updatesAfter.TryGetValue(c.Epoch, out var end) && updates != end) return null;
        var recalls = run.Retrievals.Where(r => r.Key.Epoch == c.Epoch && double.IsFinite(r.Value.MeanRecall)).Select(r => r.Value.MeanRecall).ToList();
        return recalls.Count > 0 ? recalls.Max() : null;
    }
}
