using System.Globalization;
using System.Text.Json;
using Itra.Trainer.Clip;
using Itra.Trainer.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

/// <summary>Runs of the original's own training loop, repeated step by step. The reference gives its own sensitivity to 1e-7 of noise.</summary>
[Trait(Fixtures.Category, Fixtures.Name)]
public class ReferenceTrajectoryTests
{
    // Step s takes the rows from 8 * (s % 4); a smaller set of rows is gone through sooner.
    private const int BatchSize = 8, MostBatches = 4;
    private const double NoiseFactor = 100;

    // Trainers set this for the whole process. The reference was made on one thread by another version of libtorch, whose convolutions
    // round differently in any case; what is fixed here is that the outcome does not depend on the tests that ran before.
    private const int Threads = 2;

    public static TheoryData<string, string> Runs
    {
        get
        {
            var runs = new TheoryData<string, string>();
            foreach (var folder in Fixtures.ModelFolders())
            {
                var file = Path.Combine(Fixtures.Root, folder, "trajectories.json");
                if (!File.Exists(file)) continue;
                using var json = JsonDocument.Parse(File.ReadAllBytes(file));
                foreach (var run in json.RootElement.EnumerateObject()) runs.Add(folder, run.Name);
            }
            // A theory without rows fails; this row is skipped, saying what is not there.
            if (!runs.Any()) runs.Add("*", "*");
            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs), DisableDiscoveryEnumeration = true)]
    public void A_run_follows_the_reference_within_its_own_noise(string folder, string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Find(folder, "trajectories.json")));
        var run = document.RootElement.GetProperty(name);
        var args = run.GetProperty("args");
        using var reference = new ReferenceModel(folder, settings: s => Apply(run, args, s), extraWeights: Extras(folder, name, args));
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, run.GetProperty("steps").GetInt32());
        var noise = run.GetProperty("noise_probe");

        AssertGroups(run, learner.Parameters);
        set_num_threads(Threads);
        var distinctBatches = Math.Min(MostBatches, ReferenceModel.Rows() / BatchSize);
        for (var step = 0; step < run.GetProperty("steps").GetInt32(); step++)
        {
            var (images, tokens) = reference.Batch(BatchSize * (step % distinctBatches), BatchSize);
            var result = learner.Step(images, tokens, step);
            images.Dispose();
            tokens.Dispose();

            Near("loss", result.Loss);
            Near("grad_norm", result.GradientNorm);
            Near("logit_scale", result.LogitScale);
            Assert.Equal(run.GetProperty("lr")[step].GetDouble(), result.LearningRate, 1e-12);

            void Near(string quantity, double actual)
            {
                var expected = run.GetProperty(quantity)[step].GetDouble();
                // A probe of 0 says no more than that float32, in which the reference writes, shows no difference.
                var allowed = NoiseFactor * Math.Max(noise.GetProperty(quantity).GetDouble(), MathF.BitIncrement(MathF.Abs((float)expected)) - Math.Abs(expected));
                Assert.True(Math.Abs(actual - expected) <= allowed, $"step {step}: {quantity} is {actual:r}, not {expected:r} (allowed {allowed:g3})");
            }
        }

        var relative = NoiseFactor * noise.GetProperty("final_l2_rel").GetDouble();
        AssertFingerprint(run.GetProperty("final"), reference.Weights, relative);
        if (run.TryGetProperty("ema_final", out var average)) AssertFingerprint(average, learner.Average!.Tensors, relative);
    }

    /// <summary>The settings are the original's argument names; those that Itra has under another form are put into it.</summary>
    private static void Apply(JsonElement run, JsonElement args, Dictionary<string, string> settings)
    {
        foreach (var arg in args.EnumerateObject().Where(a => a.Value.ValueKind != JsonValueKind.Null))
            settings[arg.Name] = arg.Value.ValueKind switch
            {
                JsonValueKind.String => arg.Value.GetString()!,
                JsonValueKind.Array => string.Join(' ', arg.Value.EnumerateArray().Select(v => v.GetDouble().ToString("R", CultureInfo.InvariantCulture))),
                _ => arg.Value.GetRawText(),
            };
        settings["prompt_original_position"] = "true";
        if (run.GetProperty("ema_decay") is { ValueKind: JsonValueKind.Number } decay)
            (settings["model_ema"], settings["model_ema_decay"]) = ("true", decay.GetRawText());
    }

    /// <summary>Heads and prompts start from values of their own, in a file named after the run.</summary>
    private static string[] Extras(string folder, string name, JsonElement args)
    {
        var needed = args.GetProperty("prompt").GetBoolean() || args.GetProperty("image_head_n_layers").GetInt32() > 0 || args.GetProperty("text_head_n_layers").GetInt32() > 0;
        return needed ? [Path.GetFileName(Fixtures.Find(folder, $"extra_{name}.safetensors"))] : [];
    }

    private static void AssertGroups(JsonElement run, FlatParameters parameters)
    {
        var expected = run.GetProperty("param_groups").EnumerateArray().ToList();
        Assert.Equal(expected.Count, parameters.Groups.Count);
        foreach (var (group, mine) in expected.Zip(parameters.Groups))
        {
            Assert.Equal(group.GetProperty("params").EnumerateArray().Select(p => p.GetString()), mine.Parameters.Select(p => p.Name));
            Assert.Equal(group.GetProperty("weight_decay").GetDouble(), mine.WeightDecay);
            Assert.Equal(group.GetProperty("lr_scale").GetDouble(), mine.LearningRateScale, 1e-12);
        }
    }

    private static void AssertFingerprint(JsonElement entries, ModelTensors weights, double relative)
    {
        Assert.Equal(entries.EnumerateObject().Select(e => e.Name), weights.Plan.Select(p => p.Name));
        foreach (var entry in entries.EnumerateObject())
        {
            if (HasNoGradientInExactArithmetic(entry.Name)) continue;
            using var scope = NewDisposeScope();
            var actual = weights[entry.Name].detach().to(ScalarType.Float64).norm().item<double>();
            var expected = entry.Value.GetProperty("l2").GetDouble();
            Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected), $"{entry.Name}: norm {actual:r}, not {expected:r} (allowed {relative:g3} relative)");
        }
    }

    // Adam turns the rounding noise of their gradient into steps of full size; the loss does not depend on them.
    private static bool HasNoGradientInExactArithmetic(string name) =>
        name.EndsWith("k_proj.bias", StringComparison.Ordinal) || name.EndsWith("in_proj_bias", StringComparison.Ordinal);
}
