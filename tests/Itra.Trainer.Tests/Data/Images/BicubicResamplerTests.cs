using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data.Images;

public unsafe class BicubicResamplerTests
{
    public static TheoryData<string, int, int, int, int> Sizes()
    {
        var sizes = new TheoryData<string, int, int, int, int>();
        foreach (var kernel in new[] { "avx512", "avx2", "fastest" })
        {
            foreach (var (width, height, size) in new[] { (640, 480, 224), (57, 41, 64), (1, 1, 16), (3, 500, 33), (224, 224, 224), (225, 224, 7), (2000, 31, 32) })
            {
                sizes.Add(kernel, width, height, size, 3);
                sizes.Add(kernel, width, height, size, 4);
            }
        }
        return sizes;
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_kernel_gives_the_bytes_of_the_portable_one(string kernel, int width, int height, int size, int channels)
    {
        var fast = Kernels.Find(kernel);
        var image = Noise(width, height, channels);
        Assert.Equal(Resize(image, size, new PortableKernel()), Resize(image, size, fast));
    }

    [Fact]
    public void An_image_of_one_colour_keeps_it()
    {
        var image = Noise(90, 70, 3);
        new Span<byte>(image.Data, image.Pitch * image.Height).Fill(137);
        Assert.All(Resize(image, 32, ResampleKernel.Fastest), value => Assert.Equal(137, value));
    }

    [Fact]
    public void Halving_a_row_gives_the_weights_worked_out_by_hand()
    {
        // Distances from the centre of output 1 (position 3) are ±1/4, ±3/4, ±5/4, ±7/4; cubic(a=-0.5) of them, over their sum 2:
        double[] weights = [-0.01171875, -0.03515625, 0.11328125, 0.43359375, 0.43359375, 0.11328125, -0.03515625, -0.01171875];
        byte[] row = [10, 200, 30, 250, 7, 90, 120, 66];
        var image = new PixelBuffer();
        image.Shape(8, 8, PixelKind.Rgb);
        for (int y = 0; y < 8; y++)
            for (int i = 0; i < 24; i++) image.Data[y * 24 + i] = row[i / 3];

        // Output 1 reads positions -1..6; the one outside is left out and the rest is normalised again.
        double sum = 0, share = 0;
        for (int i = 1; i < 8; i++) (sum, share) = (sum + weights[i] * row[i - 1], share + weights[i]);
        Assert.Equal((byte)Math.Round(sum / share), Resize(image, 4, new PortableKernel())[3]);
    }

    internal static PixelBuffer Noise(int width, int height, int channels)
    {
        var image = new PixelBuffer();
        image.Shape(width, height, channels == 3 ? PixelKind.Rgb : PixelKind.Cmyk);
        new Random(width * 31 + height).NextBytes(new Span<byte>(image.Data, image.Pitch * height));
        return image;
    }

    private static byte[] Resize(PixelBuffer image, int size, ResampleKernel kernel)
    {
        var square = new byte[size * size * image.Channels];
        var window = new EvalTransform(size).Place(image.Width, image.Height, default);
        fixed (byte* destination = square) new BicubicResampler(kernel).Resize(image, window, destination);
        return square;
    }
}
