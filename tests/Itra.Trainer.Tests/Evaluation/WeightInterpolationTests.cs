using System.Globalization;
using System.Text.Json;
using Itra.Trainer.Clip;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Models;
using Itra.Trainer.Tests.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public class WeightInterpolationTests
{
    private const double FeatureTolerance = 1e-5, SumTolerance = 1e-6;

    private static readonly TensorPlan[] Plan =
    [
        new("logit_scale", [], Initialise.Constant(4)),
        new("count", [], Initialise.Constant(10)) { Type = ScalarType.Int64, IsBuffer = true },
    ];

    // A theory without rows fails; this row is skipped, saying what is not there.
    public static TheoryData<string, string> References
    {
        get
        {
            var files = new TheoryData<string, string>();
            foreach (var folder in Fixtures.ModelFolders())
                foreach (var file in Directory.GetFiles(Path.Combine(Fixtures.Root, folder), "wiseft_alpha*.json")) files.Add(folder, Path.GetFileName(file));
            if (!files.Any()) files.Add("*", "wiseft_alpha*.json");
            return files;
        }
    }

    [Theory]
    [Trait(Fixtures.Category, Fixtures.Name)]
    [MemberData(nameof(References), DisableDiscoveryEnumeration = true)]
    public void Mixed_weights_and_their_features_are_the_reference_s(string folder, string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Find(folder, file)));
        var root = json.RootElement;
        using ReferenceModel start = new(folder), end = new(folder);
        Fill(start.Weights, Fixtures.Find(folder, root.GetProperty("zero_shot").GetString()!));
        Fill(end.Weights, Fixtures.Find(folder, root.GetProperty("fine_tuned").GetString()!));
        using var mixed = WeightInterpolation.Mix(start.Weights, end.Weights, root.GetProperty("alpha").GetDouble());

        Assert.Equal(root.GetProperty("state").EnumerateObject().Select(e => e.Name), mixed.Plan.Select(p => p.Name));
        foreach (var entry in root.GetProperty("state").EnumerateObject()) AssertFingerprint(entry.Name, entry.Value, mixed[entry.Name]);

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var prefix = Path.GetFileNameWithoutExtension(file);
        var expected = start.Expected($"{prefix}_image_features.npy");
        var (images, tokens) = start.Batch(0, (int)expected.size(0));
        Closeness.AssertClose(expected, start.Model.EncodeImage(mixed, images, batchStatistics: false), FeatureTolerance, "image features");
        Closeness.AssertClose(start.Expected($"{prefix}_text_features.npy"), start.Model.EncodeText(mixed, tokens), FeatureTolerance, "text features");
    }

    [Theory]
    [InlineData(0, 4, 10)]
    [InlineData(1, 8, 19)]
    [InlineData(0.25, 5, 12)] // 12.25, cut
    [InlineData(0.9, 7.6, 18)] // 18.1, cut
    public void Values_lie_between_the_ends_and_counts_are_cut_to_whole_ones(double alpha, double scale, long count)
    {
        using ModelTensors start = ModelTensors.Create(Plan, 0), end = ModelTensors.Create([Plan[0] with { Initialise = Initialise.Constant(8) }, Plan[1] with { Initialise = Initialise.Constant(19) }], 0);
        using var mixed = WeightInterpolation.Mix(start, end, alpha);
        Assert.Equal(scale, mixed["logit_scale"].item<float>(), 1e-6);
        Assert.Equal(count, mixed["count"].item<long>());
        Assert.Equal((4f, 8f), (start["logit_scale"].item<float>(), end["logit_scale"].item<float>()));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Beyond_the_ends_nothing_is_mixed(double alpha)
    {
        using var weights = ModelTensors.Create(Plan, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => WeightInterpolation.Mix(weights, weights, alpha));
    }

    [Fact]
    public void Models_of_different_tensors_are_not_mixed()
    {
        using ModelTensors start = ModelTensors.Create(Plan, 0), end = ModelTensors.Create([Plan[0]], 0);
        Assert.Throws<ArgumentException>(() => WeightInterpolation.Mix(start, end, 0.5));
    }

    private static void Fill(ModelTensors weights, string path)
    {
        using var file = WeightFile.Open(path);
        weights.ReadFrom(StateDict.Find(file, path), _ => true, path);
    }

    private static void AssertFingerprint(string name, JsonElement expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), actual.shape);
        var values = actual.to(ScalarType.Float64).reshape(-1);
        var size = values.abs().sum().item<double>();
        Near("sum", values.sum().item<double>(), expected.GetProperty("sum").GetDouble(), size);
        Near("l2", values.norm().item<double>(), expected.GetProperty("l2").GetDouble(), size);
        foreach (var (i, first) in expected.GetProperty("first").EnumerateArray().Index()) Near($"[{i}]", values[i].item<double>(), first.GetDouble(), Math.Abs(first.GetDouble()));

        void Near(string what, double mine, double theirs, double scale) =>
            Assert.True(Math.Abs(mine - theirs) <= SumTolerance * scale, string.Create(CultureInfo.InvariantCulture, $"{name} {what}: {mine:r}, not {theirs:r}"));
    }
}
