using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>
/// The activation inside each tower's transformer, which travels with the weights: under another one they still load and still
/// run, only worse (open_clip's issue 771).
/// </summary>
/// <param name="Image">Null if the tower has none to choose (a ResNet), or the file does not say.</param>
/// <param name="Text">Null if the file does not say.</param>
internal sealed record Activations(string? Image, string? Text)
{
    private const string QuickGelu = "quick_gelu", Gelu = "gelu", ImageKey = "image_activation", TextKey = "text_activation";

    public static string Name(bool isQuick) => isQuick ? QuickGelu : Gelu;

    /// <summary>What a file says: the metadata of safetensors, or Itra's part of a checkpoint.</summary>
    public static Activations Of(IWeightFile file)
    {
        object? Find(string key) => file.Extras.GetValueOrDefault(key)
            ?? (file.Extras.GetValueOrDefault("itra") as IReadOnlyDictionary<object, object?>)?.GetValueOrDefault(key);
        return new Activations(Find(ImageKey) as string, Find(TextKey) as string);
    }

    /// <summary>What is known, by the name it has in files.</summary>
    public IEnumerable<KeyValuePair<string, string>> Entries()
    {
        if (Image is not null) yield return new(ImageKey, Image);
        if (Text is not null) yield return new(TextKey, Text);
    }

    /// <param name="path">The file that says this.</param>
    /// <param name="model">Those of the model that is to be filled from it.</param>
    /// <exception cref="UserErrorException">A tower has another one than the model.</exception>
    public void MustEqual(Activations model, string path)
    {
        MustEqual(Image, model.Image, "image", path);
        MustEqual(Text, model.Text, "text", path);
    }

    private static void MustEqual(string? stored, string? built, string tower, string path)
    {
        if (stored is null || built is null || stored == built) return;
        throw new UserErrorException($"{path}: its {tower} tower was trained with {stored}, but this model has {built}, which would silently give other features: "
            + (stored == QuickGelu ? "add --force-quick-gelu" : "name a model_config.json with \"quick_gelu\": false, without --force-quick-gelu"));
    }
}
