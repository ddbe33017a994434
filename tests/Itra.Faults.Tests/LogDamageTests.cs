using Itra.Tracking.WriteAhead;

namespace Itra.Faults.Tests;

/// <summary>Logs that were cut off, damaged, or carried to another machine.</summary>
public sealed class LogDamageTests(ReliabilityTable table)
{
    [Fact]
    public async Task A_torn_last_record_is_cut_and_all_before_it_is_shipped()
    {
        await using var machine = new Machine();
        using var training = await OfflineAsync(machine, Training.SigKill);
        using (var file = File.OpenWrite(LogOf(machine))) file.SetLength(file.Length - 7);
        // The record that was cut is the last epoch's, at least.
        table.Add("the log's last record cut off", 1, await Evidence.TakeAsync(machine, "one", [training], killed: true), "nothing: what was cut had not been on the disk");
    }

    [Fact]
    public async Task A_damaged_log_is_not_believed_and_a_copy_of_it_is_shipped()
    {
        await using var machine = new Machine();
        using var training = await OfflineAsync(machine, Training.SigTerm);
        var path = LogOf(machine);
        var sound = File.ReadAllBytes(path);
        var damaged = (byte[])sound.Clone();
        damaged[sound.Length / 2] ^= 1;
        File.WriteAllBytes(path, damaged);
        var sync = machine.Run("sync");
        Assert.Equal(ExitCodes.Failed, sync.ExitCode);
        Assert.Contains("is damaged at record", sync.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(path));

        File.WriteAllBytes(path, sound);
        var told = sync.Output.Split('\n').First(l => l.Contains("is damaged", StringComparison.Ordinal)).Split('\t')[^1];
        table.Add("one bit of the log changed", 1, await Evidence.TakeAsync(machine, "one", [training]), machine.Anonymous(told));
    }

    [Fact]
    public async Task A_run_without_a_store_is_shipped_from_a_copy_of_its_folder_on_another_machine()
    {
        await using var here = new Machine();
        await using var there = new Machine();
        using var training = await OfflineAsync(here, Training.SigTerm);
        there.Take("logs", here);
        var sync = there.Run("sync", there.Logs);
        Assert.True(sync.ExitCode == ExitCodes.Done, sync.Output + sync.Error);
        File.Delete(LogOf(there));
        table.Add("`--offline`, and `itra sync` of a copied folder on another machine", 1, await Evidence.TakeAsync(there, "one", [training]), "`itra sync` lists the run with its number of records");
    }

    private static string LogOf(Machine machine) => Directory.GetFiles(machine.Logs, EventLog.FileName, SearchOption.AllDirectories).Single();

    private static async Task<Training> OfflineAsync(Machine machine, int signal)
    {
        var training = machine.Start(machine.Train("one", "--offline"));
        await training.SeeAsync("checkpoint epoch_5.pt");
        await training.EpochsAsync(2);
        await training.EndAsync(signal);
        return training;
    }
}
