using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data;

/// <summary>One image and what people said of it.</summary>
/// <param name="ImagePath">Where the file is.</param>
/// <param name="Captions">In the order of the source; training draws one of them at each visit.</param>
internal sealed record ImageCaptions(string ImagePath, IReadOnlyList<string> Captions) : IPicture
{
    /// <summary>The path as the source writes it, the same on every machine.</summary>
    public string Name { get; init; } = Path.GetFileName(ImagePath);

    /// <summary>COCO images become RGB before they are resized; images of a CSV are resized in the mode of their file.</summary>
    public bool ConvertBeforeTransform { get; init; } = true;

    public unsafe void Read(ImageReader reader, byte* destination) => reader.Read(ImagePath, ConvertBeforeTransform, default, destination);
}

/// <summary>A sample that was left out, because it was asked for to go on without broken ones.</summary>
internal sealed record SkippedSample(string Path, string Reason)
{
    public override string ToString() => $"{Path}: {Reason}";
}

/// <summary>The same where its path is another one.</summary>
/// <param name="Number">Of the item in its set, from 0.</param>
internal sealed record SkippedNumber(int Number, string Reason);

/// <summary>Images with captions, in a fixed order.</summary>
/// <param name="Name">As the command line names it.</param>
/// <param name="Items">At least one.</param>
internal sealed record CaptionSet(string Name, IReadOnlyList<ImageCaptions> Items)
{
    /// <summary>SHA-256 over the names and captions of all items: the same wherever the same set is, and known without reading an image.</summary>
    public string ListingDigest() => Fingerprints.OfTexts(Items.SelectMany(item => item.Captions.Prepend(item.Name)));

    /// <summary>Samples that the source lists but that cannot be used; empty unless broken samples are skipped.</summary>
    public IReadOnlyList<SkippedSample> Skipped { get; init; } = [];
}
