using Itra.Domain;
using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>The weights a run starts from: random, and over them those of each tower that is asked to be pretrained.</summary>
internal static class InitialWeights
{
    private const string PublishedTag = "openai";

    /// <exception cref="UserErrorException">A file is missing.</exception>
    public static void MustExist(ClipConfig config, ModelLibrary library)
    {
        ImagePath(config, library);
        TextPath(config, library);
    }

    /// <summary>The file of the image tower's weights; null if they are random.</summary>
    /// <exception cref="UserErrorException">It is missing.</exception>
    public static string? ImagePath(ClipConfig config, ModelLibrary library) =>
        config.PretrainedImageModel ? Find(library, config.CacheDir, config.ImageModel, config.ImageModelTag) : null;

    /// <summary>The file of the text tower's weights; null if they are random.</summary>
    /// <inheritdoc cref="ImagePath" path="/exception"/>
    public static string? TextPath(ClipConfig config, ModelLibrary library) =>
        config.PretrainedTextModel ? Find(library, config.CacheDir, config.TextModel, config.TextModelTag) : null;

    /// <param name="source">What to record: <c>random</c>, or per tower the file's name in the library or its path.</param>
    /// <exception cref="UserErrorException">A file is missing or does not fit the architecture.</exception>
    public static ModelTensors Create(ClipModel model, ClipConfig config, ModelLibrary library, out string source)
    {
        var weights = ModelTensors.Create(model.Plan, config.Seed);
        try
        {
            string? image = ImagePath(config, library), text = TextPath(config, library);
            if (text is not null) Load(weights, text, IsText, model.Activations with { Image = null });
            if (image is not null) Load(weights, image, ClipModel.IsInImageTower, model.Activations with { Text = null });
            source = (image, text) switch
            {
                (null, null) => "random",
                _ when image == text => Path.GetFileName(image)!,
                _ => $"image: {Name(image)}, text: {Name(text)}",
            };
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static string Name(string? path) => path is null ? "random" : Path.GetFileName(path);

    private static string Find(ModelLibrary library, string? cache, string model, string tag) =>
        tag == PublishedTag ? InCache(cache, model) ?? library.Find(model, ModelKind.Weights)
        : File.Exists(tag) ? tag
        : throw new UserErrorException($"there are no weights '{tag}': the tag is '{PublishedTag}' or the path of a weight file");

    /// <summary>Where the original's open_clip leaves what it has downloaded.</summary>
    private static string? InCache(string? folder, string model) =>
        folder is not null && PublishedModels.All.FirstOrDefault(p => p.Name == PublishedModels.Canonical(model)) is { } published
            && Path.Combine(folder, "open_clip", published.FileName) is var path && File.Exists(path) ? path : null;

    private static void Load(ModelTensors weights, string path, Func<string, bool> chosen, Activations activations)
    {
        using var file = WeightFile.Open(path);
        Activations.Of(file).MustEqual(activations, path);
        weights.ReadFrom(StateDict.Find(file, path), chosen, path);
    }

    // The temperature belongs to the text side, as in the original.
    private static bool IsText(string name) => name == ClipModel.LogitScale || ClipModel.IsInTextTower(name);
}
