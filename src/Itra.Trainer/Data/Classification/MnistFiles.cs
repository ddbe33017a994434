using System.Buffers.Binary;
using Itra.Domain;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data.Classification;

/// <summary>MNIST's four IDX files, gzipped or not. Source: LeCun, Cortes and Burges, "The MNIST database".</summary>
internal static class MnistFiles
{
    private const int ImageMagic = 0x803, LabelMagic = 0x801;

    /// <exception cref="UserErrorException">A file is missing, cut short or no IDX file of its kind.</exception>
    public static ClassificationSet Read(string folder, SetPart part)
    {
        var prompts = ClassPrompts.Published("MNIST");
        var prefix = part == SetPart.Test ? "t10k" : "train";
        var (pixels, imageFile) = DataFile.Read(folder, $"{prefix}-images-idx3-ubyte");
        var (labels, labelFile) = DataFile.Read(folder, $"{prefix}-labels-idx1-ubyte");
        int[] imageSizes = Header(imageFile.Path, pixels, ImageMagic, dimensions: 3), labelSizes = Header(labelFile.Path, labels, LabelMagic, dimensions: 1);
        if (imageSizes[0] != labelSizes[0]) throw new UserErrorException($"{labelFile.Path} has {labelSizes[0]} labels for {imageSizes[0]} images: the files do not belong together");

        var layout = new PixelLayout(imageSizes[2], imageSizes[1], imageSizes[2], 1, ChannelStride: 0);
        int firstImage = pixels.Length - imageSizes[0] * layout.Length, firstLabel = labels.Length - labelSizes[0];
        return new ClassificationSet(
            "MNIST", prompts,
            [.. Enumerable.Range(0, imageSizes[0]).Select(i => DataFile.Image(imageFile.Path, i, pixels, firstImage + i * layout.Length, layout, labels[firstLabel + i], prompts))],
            [imageFile, labelFile]);
    }

    private static int[] Header(string path, byte[] bytes, int magic, int dimensions)
    {
        var header = sizeof(int) * (1 + dimensions);
        if (bytes.Length < header || BinaryPrimitives.ReadInt32BigEndian(bytes) != magic) throw new UserErrorException($"{path} is not an IDX file of {dimensions} dimensions: download it again");
        int[] sizes = [.. Enumerable.Range(1, dimensions).Select(d => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(d * sizeof(int))))];
        // Products of hostile sizes overflow any integer; as floating point numbers they merely differ.
        var product = sizes.Aggregate(1.0, (all, size) => all * size);
        return sizes.All(s => s > 0) && header + product == bytes.Length
            ? sizes
            : throw new UserErrorException($"{path}: {string.Join(" x ", sizes)} values are announced, but it has {bytes.Length - header}: it is cut short; download it again");
    }
}
