using Itra.Domain;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data.Classification;

/// <summary>CIFAR-10 and CIFAR-100 as their binary versions: records of labels and 32 x 32 pixels, channel after channel. Source: Krizhevsky 2009 and its web page.</summary>
internal static class CifarFiles
{
    private const int Side = 32;
    private static readonly PixelLayout Layout = new(Side, Side, Side, 1, Side * Side);

    /// <exception cref="UserErrorException">A file is missing, cut short or has labels of another set.</exception>
    public static ClassificationSet Read10(string folder, SetPart part) =>
        Read("CIFAR10", folder, part == SetPart.Test ? ["test_batch.bin"] : [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")], labels: 1);

    /// <remarks>The fine label of two, coarse and fine, is taken.</remarks>
    /// <inheritdoc cref="Read10"/>
    public static ClassificationSet Read100(string folder, SetPart part) => Read("CIFAR100", folder, part == SetPart.Test ? ["test.bin"] : ["train.bin"], labels: 2);

    private static ClassificationSet Read(string name, string folder, string[] files, int labels)
    {
        var prompts = ClassPrompts.Published(name);
        var record = labels + Layout.Length;
        var images = new List<LabelledImage>();
        var read = new List<SetFile>();
        foreach (var (bytes, file) in files.Select(f => DataFile.Read(folder, f)))
        {
            var count = DataFile.Records(file.Path, bytes.Length, record);
            for (var i = 0; i < count; i++) images.Add(DataFile.Image(file.Path, i, bytes, i * record + labels, Layout, bytes[i * record + labels - 1], prompts));
            read.Add(file);
        }
        return new ClassificationSet(name, prompts, images, read);
    }
}
