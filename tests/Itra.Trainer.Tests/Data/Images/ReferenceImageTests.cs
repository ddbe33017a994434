using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Data.Images;

[Trait(Fixtures.Category, Fixtures.Name)]
public class ReferenceImageTests
{
    private sealed record Reference(string File, int Target, string Uint8Crop, string? Tensor);

    public static TheoryData<bool, string> Decoders() => new()
    {
        { true, "fastest" }, { false, "fastest" }, { false, "avx2" }, { false, "portable" },
    };

    [Theory]
    [MemberData(nameof(Decoders))]
    public unsafe void Decoded_resized_and_cropped_pixels_equal_PIL(bool turboJpeg, string kernel)
    {
        Assert.SkipUnless(!turboJpeg || TurboJpeg.IsPresent, "libturbojpeg.so.0 is not installed");
        foreach (var reference in Fixtures.ReadJson<Reference[]>("images", "manifest.json"))
        {
            var expected = File.ReadAllBytes(Fixtures.Find("images", reference.Uint8Crop));
            var actual = new byte[expected.Length];
            using var reader = new ImageReader(new EvalTransform(reference.Target), new ImageDecoder(turboJpeg), Kernels.Find(kernel));
            fixed (byte* destination = actual) reader.Read(Fixtures.Find("images", reference.File), convertBeforeTransform: false, default, destination);

            int worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
            int allowed = reference.File.EndsWith(".jpg", StringComparison.Ordinal) ? 2 : 0;
            Assert.True(worst <= allowed, $"{reference.Uint8Crop}: differs by {worst}");
        }
    }

    [Fact]
    public void Normalised_pixels_equal_the_tensors_of_the_reference()
    {
        foreach (var reference in Fixtures.ReadJson<Reference[]>("images", "manifest.json").Where(r => r.Tensor is not null))
        {
            using var scope = NewDisposeScope();
            var pixels = tensor(File.ReadAllBytes(Fixtures.Find("images", reference.Uint8Crop))).view(1, reference.Target, reference.Target, 3);
            var actual = Normalisation.Normalise(pixels).data<float>().ToArray();
            var expected = new float[actual.Length];
            Buffer.BlockCopy(File.ReadAllBytes(Fixtures.Find("images", reference.Tensor!)), 0, expected, 0, expected.Length * sizeof(float));
            Assert.Equal(expected, actual);
        }
    }
}
