using System.Collections.Immutable;
using Itra.Domain.Artifacts;

namespace Itra.Domain.Runs;

/// <summary>What became of a checkpoint after it was saved.</summary>
/// <param name="Pin">Why it is kept whatever else goes; null if it is not pinned.</param>
/// <param name="Deletion">That it was given up; null if it is kept.</param>
public sealed record CheckpointFate(Artifact File, CheckpointPinned? Pin = null, CheckpointDeleted? Deletion = null)
{
    internal static ImmutableDictionary<string, CheckpointFate> After(RunEvent e, ImmutableDictionary<string, CheckpointFate> fates) => e switch
    {
        // Saved again, as after a resumption that came to the same bytes, it is there again.
        CheckpointSaved { Artifact: var file } => fates.SetItem(file.Sha256, new CheckpointFate(file, fates.GetValueOrDefault(file.Sha256)?.Pin)),
        CheckpointPinned p when fates.TryGetValue(p.Sha256, out var fate) => fates.SetItem(p.Sha256, fate with { Pin = p }),
        CheckpointUnpinned u when fates.TryGetValue(u.Sha256, out var fate) => fates.SetItem(u.Sha256, fate with { Pin = null }),
        CheckpointDeleted d when fates.TryGetValue(d.Sha256, out var fate) => fates.SetItem(d.Sha256, fate with { Deletion = d }),
        _ => fates,
    };
}
