using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Data.Images;

[Trait(Fixtures.Category, Fixtures.Name)]
public class ReferenceImageTests
{
    private sealed record Reference(string File, int Target, string Uint8Crop, string? Tensor, double[] MeanChw, double[] StdChw);

    private const string Manifest = "manifest.json";

    /// <summary>Every square of the manifest, by the name of its file; without a manifest one row, which is then skipped.</summary>
    public static TheoryData<string> Squares() =>
        File.Exists(Path.Combine(Fixtures.Root, "images", Manifest)) ? [.. Read().Select(r => r.Uint8Crop)] : [Manifest];

    public static TheoryData<string> SquaresWithTensor() =>
        File.Exists(Path.Combine(Fixtures.Root, "images", Manifest)) ? [.. Read().Where(r => r.Tensor is not null).Select(r => r.Uint8Crop)] : [Manifest];

    public static MatrixTheoryData<string, string> SquaresAndDecoders() =>
        new([.. Squares().Select(row => row.Data)], ["turbojpeg fastest", "vips fastest", "vips avx2", "vips portable"]);

    [Theory]
    [MemberData(nameof(SquaresAndDecoders))]
    public unsafe void Decoded_resized_and_cropped_pixels_equal_PIL(string square, string decoderAndKernel)
    {
        var expected = File.ReadAllBytes(Fixtures.Find("images", square));
        var reference = Read().Single(r => r.Uint8Crop == square);
        var file = Fixtures.Find("images", reference.File);
        bool turboJpeg = decoderAndKernel.StartsWith("turbojpeg", StringComparison.Ordinal);
        Assert.SkipUnless(!turboJpeg || TurboJpeg.IsPresent, "libturbojpeg.so.0 is not installed");

        var actual = new byte[expected.Length];
        using var reader = new ImageReader(new EvalTransform(reference.Target), new ImageDecoder(turboJpeg), Kernels.Find(decoderAndKernel.Split(' ')[1]));
        fixed (byte* destination = actual) reader.Read(file, convertBeforeTransform: false, default, destination);

        int worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.InRange(worst, 0, Path.GetExtension(reference.File).ToLowerInvariant() is ".jpg" or ".jpeg" ? 2 : 0);
    }

    [Theory]
    [MemberData(nameof(Squares))]
    public void Normalised_pixels_have_the_mean_and_deviation_of_the_reference(string square)
    {
        var bytes = File.ReadAllBytes(Fixtures.Find("images", square));
        var reference = Read().Single(r => r.Uint8Crop == square);
        using var scope = NewDisposeScope();
        var channels = Normalise(bytes, reference).to(ScalarType.Float64).view(3, -1);
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(reference.MeanChw[c], channels[c].mean().item<double>(), 1e-5);
            Assert.Equal(reference.StdChw[c], channels[c].std().item<double>(), 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(SquaresWithTensor))]
    public void Normalised_pixels_equal_the_tensor_of_the_reference(string square)
    {
        var bytes = File.ReadAllBytes(Fixtures.Find("images", square));
        var reference = Read().Single(r => r.Uint8Crop == square);
        var tensorBytes = File.ReadAllBytes(Fixtures.Find("images", reference.Tensor!));

        using var scope = NewDisposeScope();
        var actual = Normalise(bytes, reference).data<float>().ToArray();
        var expected = new float[actual.Length];
        Buffer.BlockCopy(tensorBytes, 0, expected, 0, tensorBytes.Length);
        Assert.Equal(expected, actual);
    }

    private static Tensor Normalise(byte[] square, Reference reference) =>
        Normalisation.Normalise(tensor(square).view(1, reference.Target, reference.Target, 3));

    private static Reference[] Read() => Fixtures.ReadJson<Reference[]>("images", Manifest);
}
