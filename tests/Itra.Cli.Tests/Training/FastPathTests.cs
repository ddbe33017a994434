using System.Text.Json;
using Itra.Cli.Tests.Resuming;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Trainer.Native;

namespace Itra.Cli.Tests.Training;

/// <summary>The real program trains without what makes it fast, and comes to the same.</summary>
public sealed class FastPathTests : IAsyncDisposable
{
    private readonly SmallWorld world = new();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_training_in_the_shorter_type_goes_as_well_without_each_of_the_fast_paths_and_without_all()
    {
        var paths = FastPaths.Look();
        var expected = await LossesAsync("with", "");
        foreach (var without in paths.Select(p => p.Name).Append(string.Join(',', paths.Select(p => p.Name))))
        {
            var losses = await LossesAsync($"without-{without.Length}-{without[0]}", without);
            Assert.Equal(expected.Count, losses.Count);
            Assert.All(expected.Zip(losses), l => Assert.Equal(l.First, l.Second, 1e-2 * l.First));
        }
        var shown = JsonDocument.Parse(world.Itra.Run("runs", "show", (await RunsAsync())[0].Id, "--json").Output).RootElement.GetProperty("provenance").GetProperty("libraries");
        Assert.Equal(string.Join(", ", paths.Where(p => p.ChangesDigits).Select(p => p.Name)), shown.GetProperty("without").GetString());
    }

    [Fact]
    public void The_doctor_lists_them_with_what_is_not_used_and_why()
    {
        var told = world.Itra.RunWith(new Dictionary<string, string> { [FastPath.Variable] = "autocast" }, "doctor").Output;
        Assert.All(FastPaths.Look(), p => Assert.Contains($"fast path {p.Name}", told, StringComparison.Ordinal));
        Assert.Contains("fast path autocast is not used (ITRA_WITHOUT says so): convolutions and products are given", told, StringComparison.Ordinal);
        var wrong = world.Itra.RunWith(new Dictionary<string, string> { [FastPath.Variable] = "autocat" }, world.Train(1));
        Assert.Equal(ExitCode.WrongInput, wrong.ExitCode);
        Assert.Contains("ITRA_WITHOUT names 'autocat', which is none of autocast, ", wrong.Error, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<double>> LossesAsync(string name, string without)
    {
        var outcome = world.Itra.RunWith(new Dictionary<string, string> { [FastPath.Variable] = without }, [.. world.Train(1, "--opt", "adamw", "--precision", "amp", "--retrieval-frequency", "0"), "--name", name]);
        Assert.True(outcome.ExitCode == 0, $"{without}: {outcome.Error}");
        return (await world.Curves.ReadAsync((await world.RunAsync(name)).Id, "training/loss-align", TestContext.Current.CancellationToken)).Values;
    }

    private async Task<IReadOnlyList<RunSummary>> RunsAsync() => await world.Runs.ListRunsAsync(new RunFilter(), TestContext.Current.CancellationToken);
}
