using System.Diagnostics;
using System.Text.Json;
using Itra.Cli.Tests.Resuming;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Cli.Tests.Reproduction;

/// <summary>Runs again what the real program recorded, and compares.</summary>
public sealed class ReproduceCommandTests : IAsyncDisposable
{
    private readonly SmallWorld world = new();

    private ItraProgram Itra => world.Itra;

    public ValueTask DisposeAsync() => world.DisposeAsync();

    private async Task<RunSummary> TrainedAsync(params string[] more)
    {
        world.Enter("work");
        var outcome = Itra.Run(world.Train(2, more));
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Error);
        return await world.RunAsync("one");
    }

    private static JsonElement Json(ItraProgram.Outcome outcome) => JsonDocument.Parse(outcome.Output).RootElement;

    [Fact]
    public async Task A_run_again_is_bit_exact_and_both_streams_say_so()
    {
        var id = (await TrainedAsync("--model_ema", "--precision", "amp", "--eval-first")).Id;
        var prepared = Itra.Run("reproduce", "one", "--plan");
        Assert.Equal((ExitCode.Done, true), (prepared.ExitCode, prepared.Output.Contains("can be reproduced, to the bit", StringComparison.Ordinal)));

        var outcome = Itra.Run("reproduce", "one");
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Output + outcome.Error);
        Assert.Contains("step 6: equal so far", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("✓ bit-exact", outcome.Output, StringComparison.Ordinal);

        var again = await world.RunAsync("one-reproduction");
        Assert.Equal(new RunOrigin(OriginKind.Reproduction, id), again.Origin);
        Assert.Equal((Verdict.BitExact, Verdict.BitExact), (again.Verdict, (await world.RunAsync(id)).Verdict));
        Assert.Equal((await world.EventsAsync(id)).OfType<CheckpointSaved>().Select(c => c.StateDigest), (await world.EventsAsync(again.Id)).OfType<CheckpointSaved>().Select(c => c.StateDigest));
        Assert.Equal(ExitCode.Done, Itra.Run("audit", "verify", "--all").ExitCode);
        // A reproduction is a run like any other: it can be reproduced.
        Assert.Equal("bit_exact", Json(Itra.Run("reproduce", "one-reproduction", "--logs", "none", "--json")).GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task What_was_recorded_otherwise_is_named_as_the_first_divergence()
    {
        var id = (await TrainedAsync()).Id;
        await ExecuteAsync("update itra.mt_events set data = jsonb_set(data, '{loss}', '1.5') where stream_id = $1 and type = 'epoch_completed' and data->>'epoch' = '2'", id);
        var outcome = Itra.Run("reproduce", id, "--json", "--stop-at-divergence");
        Assert.True(outcome.ExitCode == ExitCode.Diverged, outcome.Error);
        var divergence = Json(outcome).GetProperty("divergence");
        Assert.Contains("is not as it was", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(("the epoch's mean loss", 2, "1.5"), (divergence.GetProperty("what").GetString(), divergence.GetProperty("epoch").GetInt32(), divergence.GetProperty("expected").GetString()));
        var version = divergence.GetProperty("version").GetInt64();
        Assert.Equal("epoch_completed", (await world.Runs.ReadEventsAsync(id, TestContext.Current.CancellationToken)).Single(e => e.Version == version).Type);
        Assert.Equal(Verdict.Diverged, (await world.RunAsync(id)).Verdict);
    }

    [Fact]
    public async Task With_other_threads_it_is_within_tolerance_of_its_record_and_says_why()
    {
        await TrainedAsync();
        var outcome = Itra.Run("reproduce", "one", "--threads", "2", "--json");
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Output + outcome.Error);
        Assert.Contains("threads: 1 then, 2 now", Json(outcome).GetProperty("differences").EnumerateArray().Select(d => d.GetString()));
        Assert.Contains(Json(outcome).GetProperty("verdict").GetString(), new[] { "bit_exact", "within_tolerance" });
    }

    [Fact]
    public async Task A_picture_that_changed_one_that_is_gone_and_a_new_name_are_told_by_name()
    {
        await TrainedAsync();
        var pictures = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(world.Annotations)!, "..", "train2017")).Order(StringComparer.Ordinal).ToList();
        File.AppendAllText(pictures[0], "x");
        File.Delete(pictures[1]);
        foreach (var words in new string[][] { ["reproduce", "one", "--plan"], ["reproduce", "one"] })
        {
            var outcome = Itra.Run(words);
            Assert.Equal(ExitCode.NotReproducible, outcome.ExitCode);
            Assert.Contains($"changed train2017/{Path.GetFileName(pictures[0])}", outcome.Output, StringComparison.Ordinal);
            Assert.Contains($"missing train2017/{Path.GetFileName(pictures[1])}", outcome.Output, StringComparison.Ordinal);
        }
        Assert.Single(await world.Runs.ListRunsAsync(new RunFilter(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Vocabulary_and_model_are_taken_from_the_artifact_store_where_they_are_gone_and_data_from_where_they_are_now()
    {
        await TrainedAsync();
        var registered = (await world.EventsAsync((await world.RunAsync("one")).Id)).OfType<RunRegistered>().Single().Spec.Config;
        File.Delete(registered["vocabulary"]);
        File.WriteAllText(registered["image_model"], "{}");
        Directory.Move(registered["datasets_dir"], registered["datasets_dir"] + "-moved");
        var plan = Json(Itra.Run("reproduce", "one", "--plan", "--json"));
        Assert.Equal(
            ["image-model: stored", "retrieval data: missing", "text-model: stored", "train data: missing", "vocabulary: stored"],
            plan.GetProperty("needs").EnumerateArray().Select(n => $"{n.GetProperty("what").GetString()}: {n.GetProperty("state").GetString()}").Order(StringComparer.Ordinal));

        var outcome = Itra.Run("reproduce", "one", "--datasets-dir", registered["datasets_dir"] + "-moved");
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Output + outcome.Error);
        Assert.Contains("✓ bit-exact", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_killed_and_resumed_and_a_branch_of_it_are_reproduced_as_if_in_one_go()
    {
        world.Enter("work");
        var killed = await world.KilledAsync("epoch 1 done", world.Train(3, "--checkpoint-every", "2-steps"));
        Assert.Equal(ExitCode.Done, Itra.Run("runs", "resume", killed.Id).ExitCode);
        Assert.Equal(ExitCode.Done, Itra.Run("runs", "branch", killed.Id, "--at", "epoch:1", "--lr", "5e-4", "--name", "side").ExitCode);
        foreach (var name in new[] { killed.Id, "side" })
        {
            var outcome = Itra.Run("reproduce", name);
            Assert.True(outcome.ExitCode == ExitCode.Done && outcome.Output.Contains("✓ bit-exact", StringComparison.Ordinal), outcome.Output + outcome.Error);
        }
        Assert.Equal(ExitCode.Done, Itra.Run("reproduce", "side-reproduction").ExitCode);
    }

    [Fact]
    public async Task A_run_that_was_stopped_is_compared_as_far_as_it_went_and_so_are_the_weights_it_was_left_with()
    {
        world.Enter("work");
        using (var process = world.Start(world.Train(500)))
        {
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("epoch 2 done", StringComparison.Ordinal))
            {
            }
            using var interrupt = Process.Start("/usr/bin/env", ["kill", "-TERM", $"{process.Id}"]);
            Assert.Equal(ExitCode.Cancelled, ItraProgram.End(process).ExitCode);
        }
        var outcome = Itra.Run("reproduce", "one");
        Assert.True(outcome.ExitCode == ExitCode.Done && outcome.Output.Contains("✓ bit-exact", StringComparison.Ordinal), outcome.Output + outcome.Error);
        var again = await world.RunAsync("one-reproduction");
        Assert.Equal((RunStatus.Cancelled, "compared as far as its original went"), (again.Status, again.FailureReason));
        Assert.Equal(
            (await world.EventsAsync((await world.RunAsync("one")).Id)).OfType<CheckpointSaved>().Last().StateDigest,
            (await world.EventsAsync(again.Id)).OfType<CheckpointSaved>().Last().StateDigest);
    }

    private async Task ExecuteAsync(string sql, string id)
    {
        string? Variable(string name) => name == "ITRA_HOME" ? Itra.Home : null;
        await using var database = new TrackingDatabase(StoreAddress.Resolve(Variable), Variable);
        await using var connection = await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = id } } };
        Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }
}
