using Itra.Domain;

namespace Itra.Trainer.Data.Classification;

/// <summary>Finds classification sets below a folder and opens them by name.</summary>
internal static class ClassificationSets
{
    /// <param name="Folders">Where it may be, relative to the data sets' folder.</param>
    /// <param name="Marker">A file or folder that shows that it is there.</param>
    private sealed record KnownSet(string Name, string[] Folders, string Marker, Func<string, SetPart, ClassificationSet> Read)
    {
        public string? Find(string root) => Folders.Select(f => Path.Combine(root, f)).FirstOrDefault(f => Path.Exists(Path.Combine(f, Marker)) || Path.Exists(Path.Combine(f, Marker + ".gz")));
    }

    private static readonly IReadOnlyList<KnownSet> Known =
    [
        new("ImageNet", ["imagenet", "ImageNet", "ILSVRC2012"], "val", ImageFolder.ReadImageNet),
        new("CIFAR10", ["cifar-10-batches-bin", "cifar-10-binary/cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "cifar-10-binary", "cifar10", "CIFAR10"], "test_batch.bin", CifarFiles.Read10),
        new("CIFAR100", ["cifar-100-binary", "cifar100/cifar-100-binary", "cifar100", "CIFAR100"], "test.bin", CifarFiles.Read100),
        new("MNIST", ["MNIST/raw", "mnist/raw", "MNIST", "mnist"], "t10k-images-idx3-ubyte", MnistFiles.Read),
        new("STL10", ["stl10_binary", "stl10/stl10_binary", "stl10", "STL10"], "test_X.bin", StlFiles.Read),
    ];

    /// <summary>Names of the sets there are, ImageNet first.</summary>
    public static IReadOnlyList<string> Find(string? datasetsDirectory) => datasetsDirectory is null ? [] : [.. Known.Where(k => k.Find(datasetsDirectory) is not null).Select(k => k.Name)];

    /// <summary>A known set by its name (in any spelling), or a folder with a folder per class, absolute or below the data sets' folder.</summary>
    /// <exception cref="UserErrorException">There is no such set, or it is damaged.</exception>
    public static ClassificationSet Open(string name, string? datasetsDirectory, SetPart part)
    {
        var below = datasetsDirectory ?? ".";
        if (Known.FirstOrDefault(k => Plain(k.Name) == Plain(name)) is { } known)
        {
            var folder = known.Find(below) ?? throw new UserErrorException(
                $"{known.Name} is not below {(datasetsDirectory is null ? "the working directory" : datasetsDirectory)}: put it into {known.Folders[0]} (with {known.Folders[0]}/{known.Marker}), or say --datasets-dir");
            return known.Read(folder, part);
        }
        var own = Path.Combine(below, name);
        return Directory.Exists(own) ? ImageFolder.Read(own, part) : throw new UserErrorException(
            $"there is no classification set '{name}': known are {string.Join(", ", Known.Select(k => k.Name))}, anything else has to be a folder with a folder per class, and {own} is none");
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
}
