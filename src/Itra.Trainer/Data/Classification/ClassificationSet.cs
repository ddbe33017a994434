namespace Itra.Trainer.Data.Classification;

internal enum SetPart { Train, Test }

/// <summary>A file that a set is read from.</summary>
/// <param name="Name">Relative to the set, the same on every machine.</param>
internal sealed record SetFile(string Name, string Path);

/// <summary>Images with labels, in a fixed order.</summary>
/// <param name="Name">As metrics name it: CIFAR10.</param>
/// <param name="Prompts">Names of the classes; a label is a place in them.</param>
/// <param name="Files">All that it was read from.</param>
internal sealed record ClassificationSet(string Name, ClassPrompts Prompts, IReadOnlyList<LabelledImage> Images, IReadOnlyList<SetFile> Files)
{
    public int Classes => Prompts.Names.Count;

    /// <summary>SHA-256 over the names of all files and images' labels, the classes and the templates: the same wherever the same set is, and known without reading an image.</summary>
    public string ListingDigest() => Fingerprints.OfTexts([.. Files.Select(f => f.Name), .. Images.Select(i => $"{i.Label}"), .. Prompts.Names, .. Prompts.Templates]);

    /// <summary>What somebody who reads its scores should know, or null.</summary>
    public string? Remark { get; init; }
}
