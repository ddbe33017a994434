using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;

namespace Itra.Trainer.LinearProbe;

/// <summary>Trains projection heads on features of frozen towers, which are computed once: seconds instead of hours.</summary>
/// <remarks>The loop is CLIP's; what makes it a trainer of its own is what it insists on.</remarks>
public sealed class LinearProbeTrainer : ITrainer
{
    public const string TrainerName = "linear-probe";

    private readonly ClipTrainer clip;

    internal LinearProbeTrainer(ClipTrainer clip) => this.clip = clip;

    public string Name => TrainerName;

    public IEnumerable<RunCommand> Train(RunSpec spec, Continuation? from, CancellationToken cancellation) =>
        // What an older record does not name has its default.
        ClipConfig.Parse(spec.Config) is var config && config.ToDictionary() is var settings && Complete(config).ToDictionary().All(c => settings[c.Key] == c.Value)
            ? clip.Train(spec, from, cancellation)
            : throw new UserErrorException("a linear probe needs both towers locked, --cache-frozen and a head on each: start it with `itra train --trainer linear-probe`, which sets them");

    /// <summary>The configuration with what a linear probe implies: to be settled before a run is registered, so that its spec says it.</summary>
    public static ClipConfig Complete(ClipConfig config) => config with
    {
        LockImageModel = true,
        LockTextModel = true,
        LockImagePartial = "",
        LockTextPartial = "",
        CacheFrozen = true,
        ImageHeadNLayers = Math.Max(1, config.ImageHeadNLayers),
        TextHeadNLayers = Math.Max(1, config.TextHeadNLayers),
        JointProjectionDim = config.JointProjectionDim > 0 ? config.JointProjectionDim : ClipFamilies.Find(config.TextModel).EmbedDim,
    };
}
