using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Trainer.Reproduction;

/// <param name="Setting">That names the file.</param>
internal sealed record StoredInput(string Setting, Artifact File, string FileName);

/// <summary>What of a recorded run's inputs could be found.</summary>
/// <param name="Spec">The recorded one, with the places where things are now.</param>
/// <param name="From">The checkpoint to go on from, of a run that was made from another's.</param>
public sealed record RecordedInputs(RunSpec Spec, IReadOnlyList<Need> Needs, CheckpointSaved? From)
{
    /// <summary>What is only in the artifact store as yet.</summary>
    internal IReadOnlyList<StoredInput> Stored { get; init; } = [];

    public bool AreComplete => Needs.All(n => n.IsMet);
}
