namespace Itra.Cli.Demo;

/// <summary>A CLIP small enough to train in a minute, in open_clip's form of model_config.json.</summary>
internal static class TinyModel
{
    public static string Json(int vocabularySize) => $$"""
        {
          "embed_dim": 128,
          "vision_cfg": { "image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "head_width": 64 },
          "text_cfg": { "context_length": 32, "vocab_size": {{vocabularySize}}, "width": 96, "heads": 4, "layers": 2 }
        }
        """;
}
