using Itra.Trainer.Clip;

namespace Itra.Trainer.Optimization;

/// <summary>Trainable parameters that share a weight decay and a factor on the learning rate.</summary>
internal sealed record ParameterGroup(double WeightDecay, double LearningRateScale, IReadOnlyList<TensorPlan> Parameters);

/// <summary>Splits parameters into groups by tower, layer and whether they decay. Source: ITRA's optimizer, quirks of its layer numbering included.</summary>
internal static class ParameterGroups
{
    /// <summary>Groups in order of first appearance, which is also how checkpoints number the optimizer's state.</summary>
    public static IReadOnlyList<ParameterGroup> Of(IEnumerable<TensorPlan> trainable, ClipConfig config, LayerDecay decay) =>
        [.. trainable.GroupBy(p => (Layer: decay.LayerOf(p.Name), Decays: Decays(p)))
            .Select(g => new ParameterGroup(g.Key.Decays ? config.WeightDecay : 0, decay.Scale(g.Key.Layer), [.. g]))];

    /// <summary>Vectors, biases and the logit scale do not decay; embeddings and projections do.</summary>
    private static bool Decays(TensorPlan p) => p.Shape.Length != 1 && p.Name != ClipModel.LogitScale && !p.Name.EndsWith(".bias", StringComparison.Ordinal);
}
