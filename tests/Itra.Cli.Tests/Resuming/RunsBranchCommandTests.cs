using System.Text.Json;
using Itra.Domain.Runs;

namespace Itra.Cli.Tests.Resuming;

/// <summary>New runs from the checkpoints of old ones.</summary>
public sealed class RunsBranchCommandTests : IAsyncDisposable
{
    private const string Loss = "training/loss-align", Rate = "training/learning_rate";
    private readonly SmallWorld world = new();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_branch_goes_on_from_a_checkpoint_under_changed_settings_and_is_one_line_with_the_other_run()
    {
        Assert.Equal(0, world.Itra.Run(world.Train(2)).ExitCode);
        var parent = await world.RunAsync("one");
        // Started somewhere else: the settings of the old run name files from where that was.
        var elsewhere = world.Enter("elsewhere");
        Succeeds("runs", "branch", "one", "--at", "epoch:1", "--lr", "5e-4", "--epochs", "3", "--save-frequency", "0");

        var branch = await world.RunAsync("one-branch-1");
        var at = (await world.EventsAsync(parent.Id)).OfType<CheckpointSaved>().First();
        Assert.Equal(new RunOrigin(OriginKind.Branch, parent.Id, 1, 6, at.Artifact.Sha256), branch.Origin);
        Assert.True(File.Exists(Path.Combine(world.Itra.Home, "logs", "one-branch-1", "checkpoints", "epoch_3.pt")));
        Assert.False(Directory.Exists(Path.Combine(elsewhere, "logs")));
        var (curve, before) = (await CurveAsync(branch.Id, Loss), await CurveAsync(parent.Id, Loss));
        Assert.Equal(Enumerable.Range(0, 18).Select(s => (long)s), curve.Steps);
        Assert.Equal(before.Values.Take(6), curve.Values.Take(6));
        Assert.NotEqual(before.Values[7], curve.Values[7]);
        Assert.True((await CurveAsync(branch.Id, Rate)).Values[6] < 5e-4);
        Assert.Contains($"made_from\tbranch of {parent.Id} at epoch 1", world.Itra.Run("runs", "show", branch.Id).Output, StringComparison.Ordinal);

        // A branch of a branch, with twice the steps an epoch.
        Succeeds("runs", "branch", "one-branch-1", "--at=last", "--batch-size", "4", "--epochs", "4", "--name", "finer");
        var finer = await CurveAsync((await world.RunAsync("finer")).Id, Loss);
        Assert.Equal(Enumerable.Range(0, 30).Select(s => (long)s), finer.Steps);
        Assert.Equal(curve.Values, finer.Values.Take(18));

        Refuses("there is nothing left to train", ExitCode.WrongInput, "runs", "branch", "one", "--at", "last");
        Refuses("--resume has no place in a branch", ExitCode.WrongInput, "runs", "branch", "one", "--at", "last", "--resume", "x.pt");
        Refuses("--at is missing", ExitCode.WrongInput, "runs", "branch", "one");
        Refuses("add --resume-partial", ExitCode.Failed, "runs", "branch", "one", "--at", "best", "--epochs", "3", "--opt", "sgd");
        var told = world.Itra.Run("runs", "branch", "one", "--at", "step:6", "--opt", "sgd", "--resume-partial", "--json");
        Assert.Equal((ExitCode.Done, "completed"), (told.ExitCode, JsonDocument.Parse(told.Output).RootElement.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_branch_that_was_killed_before_its_first_checkpoint_goes_on_from_the_other_runs()
    {
        Assert.Equal(0, world.Itra.Run(world.Train(1)).ExitCode);
        string[] words = ["runs", "branch", "one", "--at", "last", "--epochs", "3"];
        Succeeds([.. words, "--name", "untouched"]);
        var branch = await world.KilledAsync("plan: ", [.. words, "--name", "killed"]);
        Assert.Equal("killed", branch.Name);
        Assert.DoesNotContain(await world.EventsAsync(branch.Id), e => e is CheckpointSaved);
        Succeeds("runs", "resume", "killed");

        var events = await world.EventsAsync(branch.Id);
        Assert.Equal((null, 0L), events.OfType<RunResumed>().Select(r => (r.CheckpointSha256, r.Updates)).Single());
        Assert.Equal([2, 3], events.OfType<EpochCompleted>().Select(e => e.Epoch));
        var untouched = (await world.RunAsync("untouched")).Id;
        Assert.Equal((await CurveAsync(untouched, Loss)).Values, (await CurveAsync(branch.Id, Loss)).Values);
        Assert.Equal(18, (await CurveAsync(branch.Id, Loss)).Steps.Count);
        Assert.Equal((await world.EventsAsync(untouched)).OfType<EpochCompleted>().Select(e => e.Loss), events.OfType<EpochCompleted>().Select(e => e.Loss));
    }

    private Task<Itra.Tracking.Reading.MetricCurve> CurveAsync(string id, string metric) => world.Curves.ReadAsync(id, metric, TestContext.Current.CancellationToken);

    private void Succeeds(params string[] words)
    {
        var outcome = world.Itra.Run(words);
        Assert.True(outcome.ExitCode == 0, $"{string.Join(' ', words)}: {outcome.Output}\n{outcome.Error}");
    }

    private void Refuses(string because, int code, params string[] words)
    {
        var outcome = world.Itra.Run(words);
        Assert.True(outcome.ExitCode == code, $"{string.Join(' ', words)}: {outcome.ExitCode} {outcome.Output}\n{outcome.Error}");
        Assert.Contains(because, outcome.Error, StringComparison.Ordinal);
    }
}
