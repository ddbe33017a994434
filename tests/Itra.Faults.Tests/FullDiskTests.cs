namespace Itra.Faults.Tests;

/// <summary>A disk without a byte left: the database's, the log's, the checkpoints'; and a home that cannot be written.</summary>
public sealed class FullDiskTests(ReliabilityTable table) : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "itra-disk-" + Path.GetRandomFileName()[..8]);

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Events_wait_until_the_databases_disk_has_room_again()
    {
        using var disk = new SmallDisk(folder, 160);
        await using var server = await RemoteServer.StartAsync(Path.Combine(folder, "server"));
        await using var machine = server.NewMachine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            disk.Fill();
            await t.SeeAsync("not in the store yet");
            await t.EpochsAsync(3);
            disk.Free();
            await server.GoOnAsync();
            await t.SeeAsync("the store takes events again; none was lost");
        });
        table.Add("the disk of PostgreSQL full", 1, await Evidence.TakeAsync(machine, "one", [training]), training.Outage(machine));
    }

    [Fact]
    public async Task A_run_whose_log_cannot_grow_fails_with_all_that_it_had_recorded()
    {
        await using var machine = new Machine { KeepsNoFiles = true };
        using var disk = new SmallDisk(machine.Logs, 1);
        using var training = machine.Start(machine.Train("one"));
        await training.EpochsAsync(3);
        disk.Fill();
        Assert.Equal(ExitCodes.Failed, await training.EndAsync(signal: null));
        var told = await training.SeeAsync("events.wal cannot be written");
        disk.Free();
        // What it showed last is what it could not record.
        table.Add("the disk of the write-ahead log full", 1, await Evidence.TakeAsync(machine, "one", [training], killed: true), machine.Anonymous(told));
    }

    [Fact]
    public async Task A_run_whose_checkpoint_cannot_be_stored_fails_and_the_failure_is_recorded()
    {
        await using var machine = new Machine();
        using var disk = new SmallDisk(Path.Combine(machine.Home, "artifacts"), 64);
        using var training = machine.Start(machine.Train("one"));
        await training.EpochsAsync(2);
        disk.Fill();
        Assert.Equal(ExitCodes.Failed, await training.EndAsync(signal: null));
        var told = await training.SeeAsync("is full");
        disk.Free();
        var evidence = await Evidence.TakeAsync(machine, "one", [training], killed: true);
        Assert.Contains("failed", machine.Run("runs", "ls").Output, StringComparison.Ordinal);
        table.Add("the disk of the artifact store full", 1, evidence, machine.Anonymous(told));
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_is_said_in_one_line_before_anything_is_recorded()
    {
        using var disk = new SmallDisk(folder, 256);
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        machine.Variables["ITRA_HOME"] = folder;
        disk.MakeReadOnly();
        using var refused = machine.Start(machine.Train("one"));
        var code = await refused.EndAsync(signal: null);
        Assert.Equal((ExitCodes.WrongInput, 1), (code, refused.Lines.Count(l => l.StartsWith("itra: ", StringComparison.Ordinal))));
        var told = await refused.SeeAsync("itra: ");
        Assert.DoesNotContain("internal error", told, StringComparison.Ordinal);

        disk.MakeWritable();
        using var training = await machine.TrainAsync("two", t => t.EpochsAsync(1));
        table.Add("ITRA_HOME read-only", 1, await Evidence.TakeAsync(machine, "two", [training]), machine.Anonymous(told).Replace(folder, "~", StringComparison.Ordinal));
    }
}
