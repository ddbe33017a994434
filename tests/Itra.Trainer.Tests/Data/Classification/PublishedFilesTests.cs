using System.IO.Compression;
using Itra.Domain;
using Itra.Trainer.Data.Classification;

namespace Itra.Trainer.Tests.Data.Classification;

public sealed class PublishedFilesTests : IDisposable
{
    private readonly DataSetsFolder sets = new();

    public void Dispose() => sets.Dispose();

    [Fact]
    public void CIFAR_10_has_one_test_file_and_five_training_files()
    {
        var folder = sets.WriteCifar10(3, 0, 9);
        Assert.Equal([3, 0, 9], CifarFiles.Read10(folder, SetPart.Test).Images.Select(i => i.Label));
        var train = CifarFiles.Read10(folder, SetPart.Train);
        Assert.Equal(15, train.Images.Count);
        Assert.Equal(5, train.Files.Count);
        Assert.Equal("airplane", train.Prompts.Names[train.Images[1].Label]);
    }

    [Fact]
    public void CIFAR_100_counts_by_its_fine_label()
    {
        var file = sets.Write("cifar-100-binary/test.bin");
        File.WriteAllBytes(file, [14, 53, .. new byte[3072]]);
        var set = CifarFiles.Read100(Path.GetDirectoryName(file)!, SetPart.Test);
        Assert.Equal("orange", set.Prompts.Names[set.Images.Single().Label]);
    }

    [Fact]
    public void STL_10_counts_its_labels_from_one()
    {
        var file = sets.Write("stl10_binary/test_X.bin");
        File.WriteAllBytes(file, new byte[2 * 3 * 96 * 96]);
        File.WriteAllBytes(sets.Write("stl10_binary/test_y.bin"), [1, 10]);
        Assert.Equal([0, 9], StlFiles.Read(Path.GetDirectoryName(file)!, SetPart.Test).Images.Select(i => i.Label));
    }

    [Fact]
    public void MNIST_may_be_gzipped()
    {
        var folder = sets.WriteMnist(7, 2);
        var plain = MnistFiles.Read(folder, SetPart.Test);
        foreach (var file in Directory.GetFiles(folder))
        {
            using (var zipped = new GZipStream(File.Create(file + ".gz"), CompressionLevel.Fastest)) zipped.Write(File.ReadAllBytes(file));
            File.Delete(file);
        }
        Assert.Equal(plain.Images.Select(i => i.Label), MnistFiles.Read(folder, SetPart.Test).Images.Select(i => i.Label));
        Assert.Equal(["MNIST"], ClassificationSets.Find(sets.Root));
    }

    [Fact]
    public void A_file_that_is_cut_short_is_named()
    {
        var cifar = Path.Combine(sets.WriteCifar10(1, 2), "test_batch.bin");
        Cut(cifar, 100);
        Refused(cifar, () => CifarFiles.Read10(Path.GetDirectoryName(cifar)!, SetPart.Test));

        var folder = sets.WriteMnist(1, 2);
        var images = Path.Combine(folder, "t10k-images-idx3-ubyte");
        Cut(images, 1);
        Refused(images, () => MnistFiles.Read(folder, SetPart.Test));
    }

    [Theory]
    [InlineData(0x803, 1, 28, -28)]
    [InlineData(0x803, 65536, 65536, 65536)]
    [InlineData(0x803, int.MaxValue, int.MaxValue, int.MaxValue)]
    [InlineData(0x801, 1, 28, 28)]
    [InlineData(0x803, 0, 28, 28)]
    public void An_IDX_header_that_promises_what_is_not_there_is_refused(int magic, int count, int height, int width)
    {
        var folder = sets.WriteMnist(1);
        var images = Path.Combine(folder, "t10k-images-idx3-ubyte");
        File.WriteAllBytes(images, [.. DataSetsFolder.Big(magic, count, height, width), .. new byte[784]]);
        Refused(images, () => MnistFiles.Read(folder, SetPart.Test));
    }

    [Fact]
    public void A_label_that_no_class_has_is_refused_naming_file_and_image()
    {
        var folder = sets.WriteCifar10(1, 10);
        Refused("image 1 has label 10", () => CifarFiles.Read10(folder, SetPart.Test));
    }

    [Fact]
    public void Labels_for_another_number_of_images_are_refused()
    {
        File.WriteAllBytes(sets.Write("stl10_binary/test_X.bin"), new byte[2 * 3 * 96 * 96]);
        var labels = sets.Write("stl10_binary/test_y.bin");
        File.WriteAllBytes(labels, [1]);
        Refused(labels, () => StlFiles.Read(Path.GetDirectoryName(labels)!, SetPart.Test));
    }

    [Fact]
    public void A_damaged_gzip_file_is_named()
    {
        var folder = sets.WriteMnist(1);
        var images = Path.Combine(folder, "t10k-images-idx3-ubyte");
        File.Move(images, images + ".gz");
        Refused(images + ".gz", () => MnistFiles.Read(folder, SetPart.Test));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var folder = sets.WriteCifar10(1);
        File.Delete(Path.Combine(folder, "data_batch_3.bin"));
        Refused("data_batch_3.bin", () => CifarFiles.Read10(folder, SetPart.Train));
    }

    private static void Refused(string named, Action read) => Assert.Contains(named, Assert.Throws<UserErrorException>(read).Message, StringComparison.Ordinal);

    private static void Cut(string path, int bytes)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length - bytes);
    }
}
