using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Optimization;

namespace Itra.Trainer.Clip;

/// <param name="Group">What the optimizer does with it: <c>decay</c> or <c>no_decay</c>, and the factor on the learning rate if it is not 1; null if frozen.</param>
public sealed record ModelParameter(string Name, IReadOnlyList<long> Shape, bool Trainable, string? Group);

/// <summary>What a model consists of, and what of it would train. The towers' counts leave out heads, prompt and logit scale.</summary>
public sealed record ModelParameters(
    long Total, long Trainable, ParameterCounts Image, ParameterCounts Text, IReadOnlyList<ModelParameter> Tensors)
{
    /// <summary>Whether the image tower runs with gradients.</summary>
    public bool ImageGradient { get; init; }

    public bool TextGradient { get; init; }

    /// <summary>Whether batch norm normalises by the batch's statistics and keeps them, instead of using those it has; null if there is none.</summary>
    public bool? BatchStatistics { get; init; }

    /// <summary>What is probably not meant in the lock flags.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Counts on shapes alone: no weights are needed, and no memory for them.</summary>
    /// <exception cref="UserErrorException">The configuration names no model, or one that cannot be.</exception>
    public static ModelParameters Of(ClipConfig config) => Of(new ClipModel(ClipFamilies.Find(config.ImageModel), ClipFamilies.Find(config.TextModel), config), config);

    /// <summary>The same of a model that is there already.</summary>
    internal static ModelParameters Of(ClipModel model, ClipConfig config)
    {
        var locking = new Locking(config);
        var parameters = model.Plan.Where(p => !p.IsBuffer).ToList();
        var groups = ParameterGroups.Of(parameters.Where(p => locking.IsTrainable(p.Name)), config, new LayerDecay(config, model.Image, model.TextLayerCount))
            .SelectMany(g => g.Parameters.Select(p => (p.Name, Group: Describe(g)))).ToDictionary(p => p.Name, p => p.Group);

        ParameterCounts Count(Func<string, bool> belongs)
        {
            var own = parameters.Where(p => belongs(p.Name)).ToList();
            return new ParameterCounts(own.Sum(p => p.Elements), own.Where(p => groups.ContainsKey(p.Name)).Sum(p => p.Elements));
        }
        var all = Count(_ => true);
        return new ModelParameters(all.Total, all.Trainable, Count(ClipModel.IsInImageTower), Count(ClipModel.IsInTextTower),
            [.. parameters.Select(p => new ModelParameter(p.Name, p.Shape, groups.ContainsKey(p.Name), groups.GetValueOrDefault(p.Name)))])
        {
            ImageGradient = locking.ImageNeedsGradient,
            TextGradient = locking.TextNeedsGradient,
            BatchStatistics = model.Plan.Any(p => p.IsBuffer) ? locking.ImageBatchStatistics : null,
            Remarks = LockRemarks.Of(config, [.. parameters.Select(p => p.Name)]),
        };
    }

    private static string Describe(ParameterGroup group) =>
        (group.WeightDecay > 0 ? "decay" : "no_decay") + (group.LearningRateScale == 1 ? "" : $" lr x {group.LearningRateScale:0.####}");
}
