using System.Text.Json;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

/// <summary>One folder of reference numbers: a model_config.json, weights, and what the original program computed with them.</summary>
internal sealed class ReferenceModel : IDisposable
{
    private readonly ClipFamily family;

    public ReferenceModel(string folder, bool quickGelu = true, Action<Dictionary<string, string>>? settings = null, params string[] extraWeights)
    {
        Folder = folder;
        family = ClipFamily.FromFile(Fixtures.Find(folder, "model_config.json")) with { QuickGelu = quickGelu };
        var config = new Dictionary<string, string> { ["image_model"] = folder, ["text_model"] = folder, ["train_data"] = "fixtures" };
        settings?.Invoke(config);
        Config = ClipConfig.Parse(config);
        Model = new ClipModel(family, family, Config);
        Weights = ModelTensors.Create(Model.Plan, seed: 0);
        Fill("state_dict_itra.pt", name => !IsExtra(name));
        foreach (var file in extraWeights) Fill(file, IsExtra);
    }

    public string Folder { get; }

    public ClipConfig Config { get; }

    public ClipModel Model { get; }

    public ModelTensors Weights { get; }

    public bool IsResNet => family.ResNet is not null;

    /// <summary>Rows of the shared tiny images and tokens. The caller disposes both.</summary>
    public (Tensor Images, Tensor Tokens) Batch(int firstRow, int rows)
    {
        var images = Fixtures.ReadNpy("tiny_images.npy");
        var tokens = Fixtures.ReadNpy("tiny_tokens.npy");
        return (
            tensor(images.Floats.ToArray(), images.Shape).narrow(0, firstRow, rows).contiguous(),
            tensor(tokens.Longs.ToArray(), tokens.Shape).narrow(0, firstRow, rows).narrow(1, 0, Model.ContextLength).contiguous());
    }

    /// <summary>Rows of the shared tiny images.</summary>
    public static int Rows() => (int)Fixtures.ReadNpy("tiny_images.npy").Shape[0];

    public Tensor Expected(string file)
    {
        var array = Fixtures.ReadNpy(Folder, file);
        return tensor(array.Floats.ToArray(), array.Shape);
    }

    public JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllBytes(Fixtures.Find(Folder, file))).RootElement;

    public void Dispose() => Weights.Dispose();

    private static bool IsExtra(string name) =>
        name == TextTransformer.PromptName || name.StartsWith(ClipModel.ImageHeadPrefix, StringComparison.Ordinal) || name.StartsWith(ClipModel.TextHeadPrefix, StringComparison.Ordinal);

    private void Fill(string file, Func<string, bool> chosen)
    {
        var path = Fixtures.Find(Folder, file);
        using var stored = WeightFile.Open(path);
        Weights.ReadFrom(StateDict.Find(stored, path), chosen, path);
    }
}

internal static class Closeness
{
    /// <summary>Fails unless the largest difference is at most <paramref name="relative"/> of the largest reference value.</summary>
    public static void AssertClose(Tensor expected, Tensor actual, double relative, string what)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected.to(ScalarType.Float64) - actual.detach().to(ScalarType.Float64)).abs().max().item<double>();
        var largest = expected.to(ScalarType.Float64).abs().max().item<double>();
        // Not '<=' turned round: a NaN must fail.
        Assert.True(difference <= relative * largest, $"{what}: differs by {difference:g3} where the reference reaches {largest:g3} (relative {difference / largest:g3}, allowed {relative:g3})");
    }
}
