using System.Text.Json;
using Itra.Domain.Training;

namespace Itra.Trainer.Data.Sources;

/// <summary>A captions_*.json of MS-COCO, as far as it is used.</summary>
internal sealed record CocoAnnotations
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true };

    public required IReadOnlyList<Image> Images { get; init; }

    public required IReadOnlyList<Annotation> Annotations { get; init; }

    public static CocoAnnotations Read(string path)
    {
        using var file = File.OpenRead(path);
        try
        {
            var read = JsonSerializer.Deserialize<CocoAnnotations>(file, SnakeCase) ?? throw new JsonException("the file holds null");
            return read.Images.Contains(null) || read.Annotations.Contains(null) ? throw new JsonException("a list holds null") : read;
        }
        catch (JsonException broken)
        {
            throw new BrokenDataException($"{path}: not an MS-COCO captions file ({broken.Message}): fetch it again", broken);
        }
    }

    internal sealed record Image
    {
        public required long Id { get; init; }

        public required string FileName { get; init; }
    }

    internal sealed record Annotation
    {
        public required long ImageId { get; init; }

        public string? Caption { get; init; }
    }
}
