using Itra.Domain;

namespace Itra.Trainer.Clip;

/// <summary>The published CLIP architectures, one entry each. Sizes: openai/CLIP and open_clip's model configurations.</summary>
internal static class ClipFamilies
{
    public static IReadOnlyList<ClipFamily> All { get; } =
    [
        ResNet("RN50", 1024, new(224, 64, [3, 4, 6, 3], 32), new(512, 8)),
        ResNet("RN101", 512, new(224, 64, [3, 4, 23, 3], 32), new(512, 8)),
        ResNet("RN50x4", 640, new(288, 80, [4, 6, 10, 6], 40), new(640, 10)),
        ResNet("RN50x16", 768, new(384, 96, [6, 8, 18, 8], 48), new(768, 12)),
        ResNet("RN50x64", 1024, new(448, 128, [3, 15, 36, 10], 64), new(1024, 16)),
        Vit("ViT-B-32", 512, new(224, 32, 768, 12, 12), new(512, 8)),
        Vit("ViT-B-16", 512, new(224, 16, 768, 12, 12), new(512, 8)),
        Vit("ViT-L-14", 768, new(224, 14, 1024, 24, 16), new(768, 12)),
        Vit("ViT-L-14-336", 768, new(336, 14, 1024, 24, 16), new(768, 12)),
    ];

    /// <summary>True if it is the path of a model_config.json rather than a name.</summary>
    public static bool IsFile(string name) => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds a family by name, or reads it from a model_config.json.</summary>
    public static ClipFamily Find(string name) =>
        IsFile(name) ? ClipFamily.FromFile(name)
        : All.FirstOrDefault(f => f.Name == name)
            ?? throw new UserErrorException($"there is no model '{name}'; the nearest one is '{Nearest.To(name, All.Select(f => f.Name))}' (known: {string.Join(", ", All.Select(f => f.Name))})");

    // OpenAI trained all of these with QuickGELU; a fine-tuned checkpoint of theirs run with GELU degrades silently.
    private static ClipFamily ResNet(string name, int embedDim, ResNetSizes image, TextSizes text) => new(name, embedDim, image, null, text, QuickGelu: true);

    private static ClipFamily Vit(string name, int embedDim, VisionTransformerSizes image, TextSizes text) => new(name, embedDim, null, image, text, QuickGelu: true);
}
