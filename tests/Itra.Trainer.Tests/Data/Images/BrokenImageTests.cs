using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;
using NetVips;

namespace Itra.Trainer.Tests.Data.Images;

public sealed class BrokenImageTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-broken-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string, bool> Formats() => new() { { ".jpg", true }, { ".jpg", false }, { ".png", false }, { ".webp", false } };

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_that_is_cut_short_is_broken_and_named(string extension, bool turboJpeg)
    {
        var whole = Encode(extension);
        Assert.Null(Record.Exception(() => Decode("whole" + extension, whole, turboJpeg)));
        foreach (double share in new[] { 0.02, 0.3, 0.9 })
        {
            var broken = Assert.Throws<BrokenImageException>(() => Decode("cut" + extension, whole[..(int)(whole.Length * share)], turboJpeg));
            Assert.StartsWith(Path.Combine(folder, "cut" + extension) + ": ", broken.Message, StringComparison.Ordinal);
            Assert.Contains("--skip-broken", broken.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', broken.Message);
        }
    }

    [Fact]
    public void A_missing_an_empty_and_a_foreign_file_each_say_what_is_wrong()
    {
        var missing = Assert.Throws<BrokenImageException>(() => new ImageDecoder().Decode(Path.Combine(folder, "none.jpg"), new PixelBuffer()));
        Assert.Equal("the file does not exist", missing.Reason);
        Assert.Equal("the file is empty", Assert.Throws<BrokenImageException>(() => Decode("empty.jpg", [], true)).Reason);
        Assert.StartsWith("cannot be decoded", Assert.Throws<BrokenImageException>(() => Decode("text.jpg", "not an image"u8.ToArray(), true)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_goes_on_after_a_broken_file()
    {
        using var decoder = new ImageDecoder();
        var whole = Encode(".jpg");
        var path = Path.Combine(folder, "one.jpg");
        var pixels = new PixelBuffer();
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Assert.Throws<BrokenImageException>(() => decoder.Decode(path, pixels));
        File.WriteAllBytes(path, whole);
        decoder.Decode(path, pixels);
        Assert.Equal((96, 64), (pixels.Width, pixels.Height));
    }

    [Fact]
    public unsafe void A_thread_is_no_picture()
    {
        var path = Path.Combine(folder, "thread.png");
        using (var thread = Image.Black(200_002, 2)) thread.WriteToFile(path);
        var square = new byte[8 * 8 * 3];
        using var reader = new ImageReader(new EvalTransform(8));
        var broken = Assert.Throws<BrokenImageException>(() =>
        {
            fixed (byte* destination = square) reader.Read(path, convertBeforeTransform: true, default, destination);
        });
        Assert.Contains("200002 x 2", broken.Message, StringComparison.Ordinal);
    }

    private void Decode(string name, byte[] content, bool turboJpeg)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        using var decoder = new ImageDecoder(turboJpeg);
        decoder.Decode(path, new PixelBuffer());
    }

    private static unsafe byte[] Encode(string extension)
    {
        var noise = BicubicResamplerTests.Noise(96, 64, 3);
        using var image = Image.NewFromMemoryCopy((nint)noise.Data, 96 * 64 * 3, 96, 64, 3, Enums.BandFormat.Uchar);
        return image.WriteToBuffer(extension);
    }
}
