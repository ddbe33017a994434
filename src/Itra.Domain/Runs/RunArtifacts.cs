using Itra.Domain.Artifacts;

namespace Itra.Domain.Runs;

/// <summary>Which stored files an event refers to.</summary>
public static class RunArtifacts
{
    public static IEnumerable<Artifact> Of(RunEvent e)
    {
        Artifact?[] named = e switch
        {
            RunRegistered r => [r.Provenance.Patch],
            DatasetFingerprinted d => [d.Dataset.Listing],
            InputFingerprinted { Kept: true } i => [i.File],
            WiseFtEvaluated w => [w.Kept],
            CheckpointSaved c => [c.Artifact],
            _ => [],
        };
        return named.OfType<Artifact>();
    }
}
