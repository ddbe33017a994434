using Itra.Domain;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data.Classification;

/// <summary>STL-10's binary files: 96 x 96 pixels, channel after channel and column after column, and labels from 1. Source: Coates, Ng and Lee 2011 and its web page.</summary>
internal static class StlFiles
{
    private const int Side = 96;
    private static readonly PixelLayout Layout = new(Side, Side, 1, Side, Side * Side);

    /// <exception cref="UserErrorException">A file is missing, cut short or has labels of another set.</exception>
    public static ClassificationSet Read(string folder, SetPart part)
    {
        var prompts = ClassPrompts.Published("STL10");
        var prefix = part == SetPart.Test ? "test" : "train";
        var (pixels, imageFile) = DataFile.Read(folder, $"{prefix}_X.bin");
        var (labels, labelFile) = DataFile.Read(folder, $"{prefix}_y.bin");
        var count = DataFile.Records(imageFile.Path, pixels.Length, Layout.Length);
        if (labels.Length != count) throw new UserErrorException($"{labelFile.Path} has {labels.Length} labels for {count} images: one of the two is cut short; download them again");
        return new ClassificationSet(
            "STL10", prompts,
            [.. Enumerable.Range(0, count).Select(i => DataFile.Image(imageFile.Path, i, pixels, i * Layout.Length, Layout, labels[i] - 1, prompts))],
            [imageFile, labelFile]);
    }
}
