using Itra.Domain;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using Itra.Trainer.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

/// <summary>Tensors of a file become a model's without a copy between them where they can, and with one where they cannot.</summary>
public sealed class ReadIntoPlaceTests : IDisposable
{
    private static readonly string[] Names = ["visual.conv1.weight", "text_projection", "logit_scale", "visual.bn1.num_batches_tracked"];

    private readonly ScratchFolder scratch = new();
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Tensor weight, turned;

    public ReadIntoPlaceTests()
    {
        weight = arange(0, 24, ScalarType.Float32).reshape(2, 3, 4);
        turned = weight.transpose(0, 2).contiguous();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    public void Values_are_those_of_the_file_whatever_its_types(ScalarType type)
    {
        using var file = Write(weight.to_type(type), turned.to_type(type), tensor(2.5f).to_type(type), tensor(7));
        // Views into one buffer with their gradients, as a learner's are.
        var buffer = full(64, -1f);
        var parameter = buffer.narrow(0, 16, 24).view(2, 3, 4).detach().requires_grad_(true);
        using var model = Model();
        model.Replace(Itra(0), parameter.DetachFromDisposeScope());

        Read(file, model);
        Assert.Equal(weight.bytes, model[Itra(0)].bytes);
        Assert.Equal((-1f, -1f), (buffer[15].item<float>(), buffer[40].item<float>()));
        Assert.Equal(23, buffer[39].item<float>());
        Assert.Equal(turned.bytes, model[Itra(1)].bytes);
        Assert.Equal((2.5f, 7L), (model[Itra(2)].item<float>(), model[Itra(3)].item<long>()));
    }

    [Fact]
    public void Of_a_file_that_does_not_fit_nothing_is_taken()
    {
        using var file = Write(weight, weight, tensor(2.5f), tensor(7L));
        using var model = Model();
        var before = model.Digest();
        Assert.Contains("(2, 3, 4), but this architecture has (4, 3, 2)",
            Assert.Throws<UserErrorException>(() => Read(file, model)).Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Digest());
    }

    [Fact]
    public void A_file_that_becomes_shorter_while_it_is_read_is_one_sentence()
    {
        using var file = Write(weight, turned, tensor(2.5f), tensor(7L));
        using var model = Model();
        File.WriteAllBytes(scratch.File("w.pt"), []);
        Assert.Contains("became shorter", Assert.Throws<UserErrorException>(() => Read(file, model)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    private static void Read(IWeightFile file, ModelTensors model) => model.ReadFrom(StateDict.Find(file, "w.pt"), _ => true, "w.pt");

    private static string Itra(int place) => ParameterNames.ToItra(Names[place])!;

    private static ModelTensors Model() => ModelTensors.Create(
        [new(Itra(0), [2, 3, 4], Initialise.Zeros), new(Itra(1), [4, 3, 2], Initialise.Zeros), new(Itra(2), [], Initialise.Zeros), new(Itra(3), [], Initialise.Zeros) { Type = ScalarType.Int64, IsBuffer = true }], 0);

    private IWeightFile Write(params Tensor[] tensors)
    {
        var path = scratch.File("w.pt");
        TorchArchive.Write(path, new OrderedDictionary<string, Tensor>(Names.Zip(tensors, KeyValuePair.Create)));
        return WeightFile.Open(path);
    }
}
