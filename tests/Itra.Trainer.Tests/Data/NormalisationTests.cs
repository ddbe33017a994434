using Itra.Trainer.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Data;

public class NormalisationTests
{
    [Fact]
    public void Looked_up_values_are_bit_for_bit_those_of_the_formula()
    {
        using var scope = NewDisposeScope();
        // Three images of 16 x 16: every value of a byte in every channel.
        var values = Enumerable.Range(0, 3 * 256 * 3).Select(i => (byte)(i / 3)).ToArray();
        var pixels = tensor(values).view(3, 16, 16, 3);
        var computed = empty([3, 3, 16, 16]);
        Normalisation.Compute(pixels, computed);
        Assert.Equal(computed.data<float>().ToArray(), Normalisation.Normalise(pixels).data<float>().ToArray());
    }

    [Fact]
    public void Pixels_that_do_not_lie_in_order_are_normalised_as_those_that_do()
    {
        using var scope = NewDisposeScope();
        var pixels = arange(2 * 8 * 8 * 3).remainder(251).to(ScalarType.Byte).view(2, 8, 8, 3);
        var turned = pixels.transpose(1, 2);
        Assert.False(turned.is_contiguous());
        Assert.Equal(Normalisation.Normalise(turned.contiguous()).data<float>().ToArray(), Normalisation.Normalise(turned).data<float>().ToArray());
    }
}
