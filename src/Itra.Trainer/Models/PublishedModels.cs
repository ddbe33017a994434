namespace Itra.Trainer.Models;

public enum ModelKind
{
    Weights,
    Vocabulary,
}

/// <summary>A file that its authors publish.</summary>
/// <param name="Name">What Itra calls it.</param>
/// <param name="Kind">Weights or vocabulary.</param>
/// <param name="Origin">Where it is published; the last segment is the file's name.</param>
/// <param name="Sha256">Its digest, lower-case hexadecimal.</param>
public sealed record PublishedModel(string Name, ModelKind Kind, Uri Origin, string Sha256)
{
    public string FileName => Path.GetFileName(Origin.LocalPath);
}

/// <summary>What OpenAI publishes for CLIP (openai/CLIP, <c>clip/clip.py</c>): half-precision TorchScript archives, and the vocabulary.</summary>
public static class PublishedModels
{
    /// <summary>The vocabulary of every CLIP model of OpenAI.</summary>
    public const string ClipVocabulary = "bpe_simple_vocab_16e6";

    public static IReadOnlyList<PublishedModel> All { get; } =
    [
        Weights("RN50", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762"),
        Weights("RN101", "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599"),
        Weights("RN50x4", "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd"),
        Weights("RN50x16", "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa"),
        Weights("RN50x64", "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c"),
        Weights("ViT-B-32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"),
        Weights("ViT-B-16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f"),
        Weights("ViT-L-14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836"),
        Weights("ViT-L-14-336", "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02", "ViT-L-14-336px.pt"),
        new(
            ClipVocabulary,
            ModelKind.Vocabulary,
            new Uri("https://raw.githubusercontent.com/openai/CLIP/main/clip/bpe_simple_vocab_16e6.txt.gz"),
            "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"),
    ];

    /// <summary>One name for the spellings in use: OpenAI's "ViT-B/32" and "ViT-L/14@336px" are open_clip's "ViT-B-32" and "ViT-L-14-336".</summary>
    public static string Canonical(string name)
    {
        name = name.Replace('/', '-').Replace('@', '-');
        if (name.EndsWith("336px", StringComparison.OrdinalIgnoreCase)) name = name[..^2];
        return All.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Name ?? name;
    }

    private static PublishedModel Weights(string name, string sha256, string? file = null) =>
        new(name, ModelKind.Weights, new Uri($"https://openaipublic.azureedge.net/clip/models/{sha256}/{file ?? name + ".pt"}"), sha256);
}
