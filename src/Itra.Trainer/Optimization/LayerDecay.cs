using System.Text.RegularExpressions;
using Itra.Trainer.Clip;

namespace Itra.Trainer.Optimization;

/// <summary>A layer of a tower that has layer-wise decay; the default value stands for everything else.</summary>
internal readonly record struct DecayedLayer(bool IsImage, int? Number);

/// <summary>
/// Layer-wise learning-rate decay: with factor d and L layers, layer i learns at d^(L+1-i). Source: ITRA. As there, everything in a
/// transformer tower outside its blocks keeps the full rate, and everything in a ResNet outside its stages and pool has the stem's.
/// </summary>
internal sealed partial class LayerDecay(ClipConfig config, IImageTower image, int textLayers)
{
    public DecayedLayer LayerOf(string name) =>
        name.Contains("image", StringComparison.Ordinal) && config.LayerDecayImage < 1 ? new(true, image is ModifiedResNet ? ResNetLayer(name) : Block(name, image.LayerCount))
        : name.Contains("text", StringComparison.Ordinal) && config.LayerDecayText < 1 ? new(false, Block(name, textLayers))
        : default;

    public double Scale(DecayedLayer layer)
    {
        if (layer.Number is not { } number) return 1;
        var (factor, layers) = layer.IsImage ? (config.LayerDecayImage, image.LayerCount) : (config.LayerDecayText, textLayers);
        return Math.Pow(factor, layers + 1 - number) * (number == layers + 1 ? 1 : config.BackboneDecay);
    }

    private int ResNetLayer(string name) =>
        ResNetStage().Match(name) is { Success: true } stage ? int.Parse(stage.Groups[1].ValueSpan) + 1
        : name.Contains(".attnpool.", StringComparison.Ordinal) ? image.LayerCount + 1
        : 1;

    private static int Block(string name, int layers) =>
        TransformerBlock().Match(name) is { Success: true } block ? int.Parse(block.Groups[1].ValueSpan) + 1 : layers + 1;

    [GeneratedRegex(@"\.layer(\d+)\.")]
    private static partial Regex ResNetStage();

    [GeneratedRegex(@"\.transformer\.resblocks\.(\d+)\.")]
    private static partial Regex TransformerBlock();
}
