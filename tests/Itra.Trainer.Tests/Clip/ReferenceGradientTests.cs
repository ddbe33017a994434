using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using Itra.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

[Trait(Fixtures.Category, Fixtures.Name)]
public class ReferenceGradientTests
{
    private const int Rows = 8;
    private const double GradientTolerance = 1e-4;
    private const double LossTolerance = 1e-5;

    // A theory without rows fails; this row is skipped, saying what is not there.
    public static TheoryData<string> Folders => [.. Fixtures.ModelFolders().DefaultIfEmpty("*")];

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Every_gradient_with_running_statistics_equals_the_reference(string folder) => Check(folder, "eval", batchStatistics: false);

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Every_gradient_with_batch_statistics_equals_the_reference(string folder) => Check(folder, "train", batchStatistics: true);

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void A_forward_in_training_mode_moves_batch_norm_s_statistics_as_in_the_reference(string folder)
    {
        using var reference = new ReferenceModel(folder);
        Assert.SkipUnless(reference.IsResNet, $"{folder} has no batch norm");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        reference.Model.EncodeImage(reference.Weights, reference.Batch(0, Rows).Images, batchStatistics: true);

        var statistics = reference.Json("forward_backward.json").GetProperty("bn_after_one_train_forward").EnumerateObject().ToList();
        Assert.NotEmpty(statistics);
        foreach (var entry in statistics)
        {
            // The reference lists the first values of each.
            var expected = tensor(entry.Value.EnumerateArray().Select(v => v.GetDouble()).ToArray());
            Closeness.AssertClose(expected, reference.Weights[entry.Name].reshape(-1).narrow(0, 0, expected.numel()), LossTolerance, entry.Name);
        }
    }

    private static void Check(string folder, string mode, bool batchStatistics)
    {
        using var reference = new ReferenceModel(folder);
        var file = Fixtures.Find(folder, $"grads_{mode}mode.safetensors");
        var (images, tokens) = reference.Batch(0, Rows);
        var parameters = reference.Weights.Parameters.Select(p => (p.Name, Tensor: reference.Weights[p.Name].requires_grad_(true))).ToList();

        using var scope = NewDisposeScope();
        var image = InfoNce.UnitLength(reference.Model.EncodeImage(reference.Weights, images, batchStatistics));
        var text = InfoNce.UnitLength(reference.Model.EncodeText(reference.Weights, tokens));
        var scale = reference.Weights[ClipModel.LogitScale];
        var loss = GlobalInfoNce.Of(image.detach(), text.detach(), scale.detach(), Alone.Instance);
        autograd.backward([image, text], [loss.Image, loss.Text]);
        scale.grad = loss.LogitScale;

        Assert.Equal(reference.Json("forward_backward.json").GetProperty(mode).GetProperty("loss").GetDouble(), loss.Loss.item<double>(), LossTolerance);
        using var expected = StateDict.Read(file);
        Assert.Equal(parameters.Select(p => p.Name).Order(), expected.Keys.Order());
        foreach (var (name, tensor) in parameters.Where(p => !HasNoGradientInExactArithmetic(p.Name)))
            Closeness.AssertClose(WithoutKeyBias(name, expected[name]), WithoutKeyBias(name, tensor.grad!), GradientTolerance, $"gradient of {name}");
    }

    // A constant added to all keys changes no attention: what is computed there is rounding noise.
    private static bool HasNoGradientInExactArithmetic(string name) => name.EndsWith("k_proj.bias", StringComparison.Ordinal);

    private static Tensor WithoutKeyBias(string name, Tensor t)
    {
        if (!name.EndsWith("in_proj_bias", StringComparison.Ordinal)) return t;
        var third = t.size(0) / 3;
        return cat([t.narrow(0, 0, third), t.narrow(0, 2 * third, third)]);
    }
}
