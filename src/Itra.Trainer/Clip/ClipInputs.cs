using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Trainer.Data;
using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>The files a run reads that are no data: small ones are kept with the record, of weights the digest is.</summary>
internal static class ClipInputs
{
    /// <summary>What a file is for, as events name it.</summary>
    public const string Vocabulary = "vocabulary", ImageWeights = "image-weights", TextWeights = "text-weights", ImageModel = "image-model", TextModel = "text-model";

    /// <summary>Reads every file once, unless it is known already, and says what was in it.</summary>
    public static IEnumerable<RecordInput> Fingerprint(ClipConfig config, ModelLibrary library, string cacheFolder, CancellationToken cancellation)
    {
        var paths = Paths(config, library).ToList();
        var digests = new ImageDigests(cacheFolder).Of([.. paths.Select(p => p.Path)], cancellation);
        foreach (var ((role, path), digest) in paths.Zip(digests))
        {
            var file = digest is { } d ? new Artifact(d.Sha256, d.Size) : throw new UserErrorException($"{path} has vanished: put it back");
            yield return new RecordInput(role, path, file, Keep: IsKept(role));
        }
    }

    public static bool IsKept(string role) => role is not (ImageWeights or TextWeights);

    /// <exception cref="UserErrorException">A file is missing.</exception>
    private static IEnumerable<(string Role, string Path)> Paths(ClipConfig config, ModelLibrary library)
    {
        yield return (Vocabulary, ClipData.VocabularyPath(config, library));
        if (ClipFamilies.IsFile(config.ImageModel)) yield return (ImageModel, config.ImageModel);
        if (ClipFamilies.IsFile(config.TextModel)) yield return (TextModel, config.TextModel);
        if (InitialWeights.ImagePath(config, library) is { } image) yield return (ImageWeights, image);
        if (InitialWeights.TextPath(config, library) is { } text) yield return (TextWeights, text);
    }
}
