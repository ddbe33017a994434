using System.Diagnostics;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data.Classification;

/// <summary>Images that are stored without a format of their own, against the PIL of this machine and by hand.</summary>
public sealed unsafe class StoredPixelsTests : IDisposable
{
    private const int Side = 48;

    private readonly string folder = Directory.CreateTempSubdirectory("itra-stored-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Images_of_CIFAR_STL_and_MNIST_become_the_pixels_that_PIL_makes_of_them()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "no /usr/bin/python3");
        Assert.SkipUnless(Python("-c", "import PIL, numpy").ExitCode == 0, "python3-pil or python3-numpy is not installed");
        var (exitCode, errors) = Python(Path.Combine(AppContext.BaseDirectory, "Data", "Classification", "pil_stored_pixels.py"), folder);
        Assert.True(exitCode == 0, errors);

        foreach (var set in new[] { CifarFiles.Read10(folder, SetPart.Test), StlFiles.Read(folder, SetPart.Test), MnistFiles.Read(folder, SetPart.Test) })
        {
            Assert.Equal([0, 1, 2, 3], set.Images.Select(i => i.Label));
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder, $"{set.Name}.squares")), set.Images.SelectMany(i => Square(i, Side)));
        }
    }

    [Theory]
    [InlineData(2, 1, 4, new byte[] { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11 })]     // channel after channel, row by row
    [InlineData(1, 2, 4, new byte[] { 0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11 })]     // channel after channel, column by column
    [InlineData(6, 3, 1, new byte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 })]     // pixel after pixel
    public void A_layout_says_where_each_channel_of_each_pixel_is(int row, int column, int channel, byte[] expected) =>
        Assert.Equal(expected, Square(new LabelledPixels(new StoredPixels(Enumerable.Range(0, 12).Select(i => (byte)i).ToArray(), new PixelLayout(2, 2, row, column, channel)), 0), 2));

    [Fact]
    public void A_grey_image_has_its_value_in_all_three_channels() =>
        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], Square(new LabelledPixels(new StoredPixels(new byte[] { 1, 2, 3, 4 }, new PixelLayout(2, 2, 2, 1, 0)), 0), 2));

    [Fact]
    public void Bytes_that_are_no_image_of_that_layout_are_refused() =>
        Assert.Throws<ArgumentException>(() => new StoredPixels(new byte[11], new PixelLayout(2, 2, 2, 1, 4)));

    private static byte[] Square(LabelledImage image, int side)
    {
        using var reader = new ImageReader(new EvalTransform(side));
        var pixels = new byte[side * side * 3];
        fixed (byte* square = pixels) image.Read(reader, square);
        return pixels;
    }

    private static (int ExitCode, string Errors) Python(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
