using System.Text.Json;
using Itra.Trainer.Clip;
using Itra.Trainer.Tests.Clip;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Distributed;

/// <summary>Several devices against one that has all pairs, on the fixtures' models; that one is compared with the original elsewhere.</summary>
[Trait(Fixtures.Category, Fixtures.Name)]
public class ManyDevicesTests
{
    private const int Rows = 8;
    private const double Tolerance = 1e-5;

    // Batch norm by running statistics, so that a device's share is normalised as the whole batch is.
    private static readonly (string, string)[] FrozenStatistics = [("lock_image_model", "true"), ("lock_image_partial", "!attnpool,!layer,!conv1,!proj,!resblocks")];

    private static readonly string[] Kinds = ["plain", "lldr", "locks", "ema", "accumulation", "chunks", "sgd", "synchronised", "synchronised recomputed"];

    public static TheoryData<string, int, string> Exact =>
        [.. from folder in Fixtures.ModelFolders().DefaultIfEmpty("*") from devices in new[] { 2, 4, 8 } from kind in Kinds select (folder, devices, kind)];

    public static TheoryData<string, int> Shorter => [.. from folder in Fixtures.ModelFolders().DefaultIfEmpty("*") from devices in new[] { 2, 4, 8 } select (folder, devices)];

    public static TheoryData<string, int, string> Lasting =>
        [.. from folder in Fixtures.ModelFolders().DefaultIfEmpty("*") from kind in Kinds.Concat(["bf16", "statistics", "synchronised bf16"]) select (folder, kind switch { "plain" or "synchronised" => 8, "accumulation" => 4, _ => 2 }, kind)];

    [Theory]
    [MemberData(nameof(Exact), DisableDiscoveryEnumeration = true)]
    public void Loss_and_every_gradient_are_those_of_one_device_with_all_pairs(string folder, int devices, string kind)
    {
        var settings = Settings(kind);
        using var one = new ReferenceTeam(folder, 1, Rows, settings);
        using var many = new ReferenceTeam(folder, devices, Rows, settings);
        AssertSameStep(one, many);
    }

    // In these rows a place is so near to 0 before its ReLU that rounding decides whether a gradient passes: what is compared is continuous.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Accumulated_each_chunk_is_normalised_over_all_devices(int devices)
    {
        (string, string)[] settings = [("use_bn_sync", "true"), ("accum_freq", "2"), ("batch_size", "1")];
        var folder = Fixtures.ModelFolders().FirstOrDefault("*");
        using var one = new ReferenceTeam(folder, 1, Rows, settings);
        using var many = new ReferenceTeam(folder, devices, Rows, settings);
        var loss = one.Step(0).Loss;
        Assert.Equal(loss, many.Step(0).Loss, Tolerance * loss);
        AssertSameStatistics(one, many);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Ghost_groups_on_one_device_are_devices_with_statistics_of_their_own(int devices)
    {
        var folder = Fixtures.ModelFolders().FirstOrDefault("*");
        using var one = new ReferenceTeam(folder, 1, Rows, [("ghost_batch_norm", $"{Rows / devices}"), ("batch_size", $"{Rows}")], groups: devices);
        using var many = new ReferenceTeam(folder, devices, Rows, []);
        AssertSameStep(one, many);
    }

    private static void AssertSameStep(ReferenceTeam one, ReferenceTeam many)
    {
        var (alone, together) = (one.Step(0), many.Step(0));
        Assert.Equal(alone.Loss, together.Loss, Tolerance * alone.Loss);
        Assert.Equal(alone.GradientNorm, together.GradientNorm, Tolerance * alone.GradientNorm);
        var (expected, actual) = (one.Gradients(), many.Gradients());
        Assert.Equal(expected.Keys, actual.Keys);
        // Of a gradient that is all cancellation, what is below the last digit of the others is noise.
        var noise = Math.Pow(2, -24) * expected.Values.Max(Largest);
        // A key's bias moves no attention: its gradient is nothing but that.
        foreach (var (name, gradient) in expected.Where(g => !g.Key.EndsWith("k_proj.bias", StringComparison.Ordinal)))
        {
            var (mine, theirs) = (WithoutKeyBias(name, gradient), WithoutKeyBias(name, actual[name]));
            double largest = Largest(mine), difference = Largest(mine - theirs);
            Assert.True(difference <= Math.Max(Tolerance * largest, noise), $"{name}: differs by {difference:g3} where one device has {largest:g3} (noise is {noise:g3})");
        }
        AssertSameStatistics(one, many);
    }

    private static void AssertSameStatistics(ReferenceTeam one, ReferenceTeam many)
    {
        foreach (var plan in one.Team.First.Weights.Plan.Where(p => p.IsBuffer))
            Closeness.AssertClose(one.Team.First.Weights[plan.Name], many.Team.First.Weights[plan.Name], Tolerance, plan.Name);
    }

    // Batches of another size are summed by other kernels, and of eight bits each rounds away its own: what counts is the distance from the exact gradient.
    [Theory]
    [MemberData(nameof(Shorter), DisableDiscoveryEnumeration = true)]
    public void In_the_shorter_type_many_devices_are_as_near_to_the_exact_gradient_as_one(string folder, int devices)
    {
        using var exact = new ReferenceTeam(folder, 1, Rows, FrozenStatistics);
        using var one = new ReferenceTeam(folder, 1, Rows, Settings("bf16"));
        using var many = new ReferenceTeam(folder, devices, Rows, Settings("bf16"));
        var loss = exact.Step(0).Loss;
        Assert.True(Math.Abs(many.Step(0).Loss - loss) <= Math.Max(2 * Math.Abs(one.Step(0).Loss - loss), loss / 256));
        double Distance(ReferenceTeam team) => exact.Team.First.Parameters.Gradient.sub(team.Team.First.Parameters.Gradient).norm().item<float>();
        Assert.InRange(Distance(many), 1e-9, 2 * Distance(one));
    }

    [Theory]
    [MemberData(nameof(Lasting), DisableDiscoveryEnumeration = true)]
    public void Replicas_stay_equal_to_the_bit(string folder, int devices, string kind)
    {
        using var team = new ReferenceTeam(folder, devices, Rows, Settings(kind));
        for (var step = 0; step < 50; step++) team.Step(step);
        Assert.Single(team.Digests.Distinct());
    }

    [Theory]
    [InlineData("false", "false", 0.25)]
    [InlineData("true", "false", 1)]
    [InlineData("true", "true", 1)]
    [InlineData("false", "true", 0)]
    public void The_original_s_gathering_scales_what_the_towers_are_given_and_nothing_else(string withGradient, string local, double ratio)
    {
        var folder = Fixtures.ModelFolders().LastOrDefault("*");
        using var exact = new ReferenceTeam(folder, 4, Rows, FrozenStatistics);
        using var original = new ReferenceTeam(folder, 4, Rows, [.. FrozenStatistics, ("original_gather", "true"), ("gather_with_grad", withGradient), ("local_loss", local)]);
        Assert.Equal(exact.Step(0).Loss, original.Step(0).Loss);
        var (expected, actual) = (exact.Gradients(), original.Gradients());
        foreach (var (parameter, gradient) in expected)
        {
            using var scaled = gradient.mul(parameter == "logit_scale" ? 1f : (float)ratio);
            if (ratio == 0 && parameter != "logit_scale") Assert.Equal(0, actual[parameter].abs().max().item<float>());
            else Closeness.AssertClose(scaled, actual[parameter], 1e-6, parameter);
        }
    }

    [Theory]
    [InlineData("default", "false")]
    [InlineData("gather_with_grad", "true")]
    public void Two_devices_gather_as_two_processes_of_the_original_did(string mode, string withGradient)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Find("gather_two_process.json")));
        var measured = document.RootElement.GetProperty(mode);
        double Number(string name) => measured.GetProperty(name).GetDouble();
        using var single = new ReferenceTeam("vit_tiny", 1, Rows, []);
        using var gathered = new ReferenceTeam("vit_tiny", 2, Rows, [("original_gather", "true"), ("gather_with_grad", withGradient)]);
        Assert.Equal(document.RootElement.GetProperty("single_loss").GetDouble(), single.Step(0).Loss, 1e-6);
        Assert.Equal(Number("loss"), gathered.Step(0).Loss, 1e-6);
        double Ratio(Func<string, bool> chosen)
        {
            double Norm(ReferenceTeam team) => Math.Sqrt(team.Gradients().Where(g => chosen(g.Key)).Sum(g => Math.Pow(g.Value.norm().item<float>(), 2)));
            return Norm(gathered) / Norm(single);
        }
        Assert.InRange(Ratio(name => name != ClipModel.LogitScale), Number("ratio_min") - 1e-6, Number("ratio_max") + 1e-6);
        Assert.Equal(Number("logit_scale_ratio"), Ratio(name => name == ClipModel.LogitScale), 1e-5);
    }

    private static (string, string)[] Settings(string name) => name switch
    {
        "lldr" => [.. FrozenStatistics, ("layer_decay_image", "0.9"), ("layer_decay_text", "0.8")],
        "locks" => [("lock_image_model", "true"), ("lock_text_partial", "positional_embedding,token_embedding")],
        "ema" => [.. FrozenStatistics, ("model_ema", "true"), ("model_ema_decay", "0.9")],
        "accumulation" => [.. FrozenStatistics, ("accum_freq", "2"), ("batch_size", "1")],
        "chunks" => [.. FrozenStatistics, ("grad_cache", "1")],
        "sgd" => [.. FrozenStatistics, ("opt", "sgd"), ("max_grad_norm", "0.5")],
        "bf16" => [.. FrozenStatistics, ("precision", "amp")],
        "statistics" => [],
        "synchronised" => [("use_bn_sync", "true")],
        "synchronised recomputed" => [("use_bn_sync", "true"), ("grad_checkpointing", "true")],
        "synchronised bf16" => [("use_bn_sync", "true"), ("precision", "amp")],
        _ => FrozenStatistics,
    };

    private static double Largest(Tensor values) => values.abs().max().item<float>();

    private static Tensor WithoutKeyBias(string name, Tensor gradient) =>
        !name.EndsWith("in_proj_bias", StringComparison.Ordinal) ? gradient : cat([gradient.narrow(0, 0, gradient.size(0) / 3), gradient.narrow(0, gradient.size(0) / 3 * 2, gradient.size(0) / 3)]);
}
