using System.Globalization;
using System.Text.Json;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

[Trait(Fixtures.Category, Fixtures.Name)]
public class ReferenceWeightsTests
{
    public sealed record Named(string Name, long[] Shape, string Dtype);

    public sealed record Fingerprint(double Sum, double L2);

    [Theory]
    [InlineData("state_dict_openai.pt")]
    [InlineData("model_openai.safetensors")]
    public void OpenAI_names_in_both_forms_give_the_tensors_of_the_ITRA_state_dict_bit_for_bit(string form) =>
        ForEachModel(form, (model, file) =>
        {
            using var expected = StateDict.Read(Fixtures.Find(model, "state_dict_itra.pt"));
            using var actual = StateDict.Read(file);
            Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
            foreach (var (name, tensor) in expected) TensorAssert.Same(tensor, actual[name], name);
        });

    [Fact]
    public void A_half_precision_TorchScript_archive_gives_the_same_tensors_rounded_to_half() =>
        ForEachModel("model_torchscript_fp16.pt", (model, file) =>
        {
            using var expected = StateDict.Read(Fixtures.Find(model, "state_dict_itra.pt"));
            using var actual = StateDict.Read(file);
            Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
            foreach (var (name, tensor) in expected)
            {
                if (tensor.dtype == ScalarType.Int64) TensorAssert.Same(tensor, actual[name], name);
                else TensorAssert.SameInHalfPrecision(tensor, actual[name], name);
            }
        });

    [Fact]
    public void Names_order_shapes_and_types_are_those_of_the_reference() =>
        ForEachModel("state_dict_itra_names.json", (model, _) =>
        {
            var expected = Fixtures.ReadJson<Named[]>(model, "state_dict_itra_names.json");
            using var weights = StateDict.Read(Fixtures.Find(model, "state_dict_itra.pt"));
            Assert.Equal(expected.Select(e => e.Name), weights.Keys);
            foreach (var (name, shape, dtype) in expected)
            {
                Assert.Equal(shape, weights[name].shape);
                Assert.Equal(dtype, weights[name].dtype == ScalarType.Int64 ? "torch.int64" : "torch.float32");
            }
        });

    [Fact]
    public void A_checkpoint_gives_its_epoch_name_trained_weights_and_optimizer() =>
        ForEachModel("checkpoint_epoch_*.pt", (model, file) =>
        {
            using var checkpoint = SavedCheckpoint.Open(file);
            Assert.Equal(Path.GetFileNameWithoutExtension(file).Split('_')[^1], checkpoint.Epoch.ToString(CultureInfo.InvariantCulture));
            Assert.NotEmpty(checkpoint.Name);
            Assert.Empty(checkpoint.Scaler!);
            Assert.Null(checkpoint.Itra);

            using var weights = checkpoint.ReadWeights();
            var naive = Fixtures.ReadJson<Dictionary<string, JsonElement>>(model, "trajectories.json")["naive"];
            var final = naive.GetProperty("final").Deserialize<Dictionary<string, Fingerprint>>(JsonSerializerOptions.Web)!;
            Assert.Equal(final.Keys.Order(), weights.Keys.Order());
            foreach (var (name, expected) in final)
            {
                using var values = weights[name].to_type(ScalarType.Float64);
                Assert.Equal(expected.L2, values.square().sum().sqrt().item<double>(), 1e-6 * Math.Max(1, expected.L2));
                Assert.Equal(expected.Sum, values.sum().item<double>(), 1e-6 * Math.Max(1, expected.L2));
            }

            var optimizer = checkpoint.Optimizer!;
            var numbers = optimizer.Groups.SelectMany(g => (List<object?>)g["params"]!).ToList();
            Assert.Equal(optimizer.State.Keys, numbers.Cast<long>());
            var betas = naive.GetProperty("args").GetProperty("opt_betas");
            Assert.Equal(betas.ValueKind == JsonValueKind.Array ? betas.EnumerateArray().Select(b => b.GetDouble()) : [0.9, 0.999], ((object?[])optimizer.Groups[0]["betas"]!).Cast<double>());
            Assert.Equal(naive.GetProperty("lr").EnumerateArray().Last().GetDouble() * naive.GetProperty("param_groups")[0].GetProperty("lr_scale").GetDouble(), (double)optimizer.Groups[0]["lr"]!, 1e-12);
            using var step = checkpoint.Load((TensorRef)optimizer.State[0]["step"]!);
            Assert.Equal(naive.GetProperty("steps").GetInt32(), step.item<float>());
            foreach (var state in optimizer.State.Values)
            {
                using var variance = checkpoint.Load((TensorRef)state["exp_avg_sq"]!);
                Assert.True(variance.min().item<float>() >= 0);
            }
        });

    private static void ForEachModel(string pattern, Action<string, string> check)
    {
        var files = Fixtures.ModelFolders().SelectMany(m => Directory.GetFiles(Path.Combine(Fixtures.Root, m), pattern).Select(f => (Model: m, File: f))).ToList();
        Assert.SkipWhen(files.Count == 0, $"no model folder in {Path.GetFullPath(Fixtures.Root)} has {pattern} (set ITRA_FIXTURES)");
        using var scope = NewDisposeScope();
        foreach (var (model, file) in files) check(model, file);
    }
}
