namespace Itra.Faults.Tests;

/// <summary>SIGKILL at random moments of everything that writes.</summary>
public sealed class KilledProcessTests(ReliabilityTable table)
{
    [Fact]
    public async Task What_a_killed_training_had_recorded_is_in_the_store_when_somebody_looks()
    {
        const int kills = 6;
        var random = new Random(11);
        await using var machine = new Machine();
        machine.Run("up");
        List<Evidence> found = [];
        for (var i = 0; i < kills; i++)
        {
            using var training = machine.Start(machine.Train($"k{i}", "--save-frequency", "2"));
            await training.SeeAsync("plan:");
            await Task.Delay(random.Next(6000), TestContext.Current.CancellationToken);
            await training.EndAsync(Training.SigKill);
            found.Add(await Evidence.TakeAsync(machine, $"k{i}", [training], killed: true));
        }
        Assert.Equal(kills, machine.Run("runs", "ls").Output.Split('\n').Count(l => l.Contains("failed", StringComparison.Ordinal)));
        table.Add("`itra train` killed with -9 at random moments", kills, Sum(found), "`itra runs ls`: failed, its process ended without a word; `itra runs resume` goes on");
    }

    [Fact]
    public async Task A_sync_that_is_killed_is_run_again()
    {
        await using var machine = new Machine();
        using var training = machine.Start(machine.Train("one", "--offline"));
        await training.EpochsAsync(25);
        Assert.Equal(ExitCodes.Cancelled, await training.EndAsync());
        machine.Run("up");
        var kills = await KilledAsync(machine, ["sync"], 6, new Random(12));
        table.Add("`itra sync` killed with -9 at random moments", kills, await Evidence.TakeAsync(machine, "one", [training]), "the next `itra sync` ships the rest");
    }

    [Fact]
    public async Task An_import_that_is_killed_leaves_nothing_or_all_of_a_run()
    {
        await using var source = new Machine();
        await using var target = new Machine();
        using var training = await source.TrainAsync("one", t => t.EpochsAsync(10));
        var evidence = await Evidence.TakeAsync(source, "one", [training]);
        var file = Path.Combine(target.Home, "one.jsonl.gz");
        var exported = source.Run("export", "one", "--with-blobs", "--to", file);
        Assert.True(exported.ExitCode == ExitCodes.Done, exported.Error);
        target.Run("up");
        var kills = await KilledAsync(target, ["import", file], 6, new Random(13));
        Assert.Equal(ExitCodes.Done, target.Run("import", file).ExitCode);
        var imported = await Evidence.TakeAsync(target, "one", [training]);
        Assert.Equal(evidence.Recorded, imported.Recorded);
        table.Add("`itra import` killed with -9 at random moments", kills, imported, "no run, until an `itra import` went through");
    }

    [Fact]
    public async Task A_rebuild_that_is_killed_leaves_what_was_there()
    {
        await using var machine = new Machine();
        using var training = await machine.TrainAsync("one", t => t.EpochsAsync(10));
        var before = machine.Run("runs", "show", "one", "--json").Output;
        var kills = await KilledAsync(machine, ["rebuild"], 6, new Random(14));
        Assert.Equal(before, machine.Run("runs", "show", "one", "--json").Output);
        Assert.Equal(ExitCodes.Done, machine.Run("rebuild").ExitCode);
        Assert.Equal(before, machine.Run("runs", "show", "one", "--json").Output);
        table.Add("`itra rebuild` killed with -9 at random moments", kills, await Evidence.TakeAsync(machine, "one", [training]), "the same lists as before");
    }

    [Fact]
    public async Task A_collection_that_is_killed_is_finished_by_the_next()
    {
        await using var machine = new Machine();
        using var training = await machine.TrainAsync("one", t => t.EpochsAsync(10), "--save-frequency", "1");
        string[] words = ["gc", "--keep", "last:1", "--grace", "0", "--yes"];
        var kills = await KilledAsync(machine, words, 6, new Random(16));
        await Evidence.TakeAsync(machine, "one", [training]);
        var last = machine.Run(words);
        Assert.True(last.ExitCode == ExitCodes.Done, last.Error);
        table.Add("`itra gc` killed with -9 at random moments", kills, await Evidence.TakeAsync(machine, "one", [training]), "the next `itra gc` finishes; `itra audit verify` misses nothing");
    }

    [Fact]
    public async Task A_restore_that_is_killed_is_taken_up_by_the_next()
    {
        var (random, kills) = (new Random(18), 0);
        await using var source = new Machine();
        await using var target = new Machine();
        using var training = await source.TrainAsync("one", t => t.EpochsAsync(10));
        var evidence = await Evidence.TakeAsync(source, "one", [training]);
        var folder = Path.Combine(source.Home, "backup");
        Assert.Equal(ExitCodes.Done, source.Run("backup", folder).ExitCode);
        // About as long as it takes.
        const int whole = 5000;
        for (var i = 0; i < 6 && !IsWhole(target); i++)
        {
            using var restore = target.Start("restore", folder);
            await Task.Delay(random.Next(whole), TestContext.Current.CancellationToken);
            if (await restore.EndAsync(Training.SigKill) == ExitCodes.Killed) kills++;
        }
        Assert.NotEqual(0, kills);
        if (!IsWhole(target))
        {
            var finished = target.Run("restore", folder);
            Assert.True(finished.ExitCode == ExitCodes.Done, finished.Output + finished.Error);
        }
        var restored = await Evidence.TakeAsync(target, "one", [training]);
        Assert.Equal(evidence.Recorded, restored.Recorded);
        table.Add("`itra restore` killed with -9 at random moments", kills, restored, "`itra: ~ is half restored: finish it with 'itra restore ...'`, to every command");
    }

    /// <summary>Half a store is none to anybody: it shows all of its runs, or says why not.</summary>
    private static bool IsWhole(Machine machine) => machine.Run("runs", "ls").Output.Contains("\tone\t", StringComparison.Ordinal);

    /// <returns>How often it was killed before it was done.</returns>
    private static async Task<int> KilledAsync(Machine machine, string[] words, int times, Random random)
    {
        var kills = 0;
        for (var i = 0; i < times; i++)
        {
            using var process = machine.Start(words);
            await Task.Delay(random.Next(50, 1000));
            if (await process.EndAsync(Training.SigKill) == ExitCodes.Killed) kills++;
        }
        Assert.NotEqual(0, kills);
        return kills;
    }

    private static Evidence Sum(IEnumerable<Evidence> all) => all.Aggregate((a, b) => new Evidence(a.Recorded + b.Recorded, a.Lost + b.Lost));
}
