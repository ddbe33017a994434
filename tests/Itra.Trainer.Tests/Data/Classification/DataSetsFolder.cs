using System.Buffers.Binary;
using NetVips;

namespace Itra.Trainer.Tests.Data.Classification;

/// <summary>A folder of small classification sets in their published forms. Each class has a colour of its own, so that a model can tell them apart.</summary>
internal sealed class DataSetsFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("itra-sets-").FullName;

    /// <summary>A CIFAR-10 of which every label of <paramref name="labels"/> is one image, in the test part and in each training file.</summary>
    public string WriteCifar10(params byte[] labels)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "cifar-10-batches-bin")).FullName;
        byte[] batch = [.. labels.SelectMany(label => (byte[])[label, .. Plane(label, 1024)])];
        foreach (var name in Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin").Append("test_batch.bin")) File.WriteAllBytes(Path.Combine(folder, name), batch);
        return folder;
    }

    public string WriteMnist(params byte[] labels)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "MNIST", "raw")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "t10k-images-idx3-ubyte"), [.. Big(0x803, labels.Length, 28, 28), .. labels.SelectMany(l => Enumerable.Repeat((byte)(20 * l), 28 * 28))]);
        File.WriteAllBytes(Path.Combine(folder, "t10k-labels-idx1-ubyte"), [.. Big(0x801, labels.Length), .. labels]);
        return folder;
    }

    /// <summary>Images in folders: <paramref name="files"/> are relative to the root.</summary>
    public void WriteImages(params string[] files)
    {
        foreach (var (i, file) in files.Index())
        {
            var path = Path.Combine(Root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var black = Image.Black(40, 36, bands: 3);
            using var grey = black + new double[] { 10 * i, 50, 90 };
            using var image = grey.Cast(Enums.BandFormat.Uchar);
            image.WriteToFile(path);
        }
    }

    public string Write(string file, params string[] lines)
    {
        var path = Path.Combine(Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static byte[] Big(params int[] numbers)
    {
        var bytes = new byte[numbers.Length * sizeof(int)];
        foreach (var (i, number) in numbers.Index()) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * sizeof(int)), number);
        return bytes;
    }

    private static byte[] Plane(byte label, int pixels) =>
        [.. Enumerable.Repeat((byte)(25 * label), pixels), .. Enumerable.Repeat((byte)(255 - 25 * label), pixels), .. Enumerable.Repeat((byte)(label % 2 * 200), pixels)];
}
