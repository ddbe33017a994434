using System.Text.Json;
using Itra.Domain;

namespace Itra.Trainer.Clip;

/// <param name="Heads">Of the attention pool.</param>
internal sealed record ResNetSizes(int ImageSize, int Width, int[] Layers, int Heads);

internal sealed record VisionTransformerSizes(int ImageSize, int Patch, int Width, int Layers, int Heads, double MlpRatio = 4);

internal sealed record TextSizes(int Width, int Heads, int Layers = 12, int ContextLength = 77, int VocabularySize = 49408);

/// <summary>A named set of sizes. Exactly one of the two image towers is set.</summary>
internal sealed record ClipFamily(string Name, int EmbedDim, ResNetSizes? ResNet, VisionTransformerSizes? VisionTransformer, TextSizes Text, bool QuickGelu)
{
    private const int DefaultHeadWidth = 64;

    public int ImageSize => ResNet?.ImageSize ?? VisionTransformer!.ImageSize;

    /// <summary>Reads a model_config.json in open_clip's form.</summary>
    /// <exception cref="UserErrorException">The file is missing or says something else.</exception>
    public static ClipFamily FromFile(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            JsonElement vision = root.GetProperty("vision_cfg"), text = root.GetProperty("text_cfg");
            int width = Int(vision, "width", 768), imageSize = Int(vision, "image_size", 224), headWidth = Int(vision, "head_width", DefaultHeadWidth);
            var layers = vision.GetProperty("layers");
            var isResNet = layers.ValueKind == JsonValueKind.Array;
            return new ClipFamily(path, root.GetProperty("embed_dim").GetInt32(),
                isResNet ? new ResNetSizes(imageSize, width, [.. layers.EnumerateArray().Select(l => l.GetInt32())], width * 32 / headWidth) : null,
                isResNet ? null : new VisionTransformerSizes(imageSize, Int(vision, "patch_size", 16), width, layers.GetInt32(), width / headWidth,
                    vision.TryGetProperty("mlp_ratio", out var ratio) ? ratio.GetDouble() : 4),
                new TextSizes(Int(text, "width", 512), Int(text, "heads", 8), Int(text, "layers", 12), Int(text, "context_length", 77), Int(text, "vocab_size", 49408)),
                root.TryGetProperty("quick_gelu", out var gelu) && gelu.GetBoolean());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UserErrorException($"{path} is not a readable model_config.json: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static int Int(JsonElement parent, string name, int otherwise) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetInt32() : otherwise;
}
