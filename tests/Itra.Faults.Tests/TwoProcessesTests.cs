using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Faults.Tests;

/// <summary>Two processes that take themselves for the one that trains a run.</summary>
public sealed class TwoProcessesTests(ReliabilityTable table)
{
    [Fact]
    public async Task Of_two_that_resume_a_run_one_goes_on_and_the_other_is_told_where()
    {
        await using var machine = new Machine();
        using var killed = machine.Start(machine.Train("one"));
        await killed.SeeAsync("checkpoint epoch_5.pt");
        await killed.EpochsAsync(1);
        await killed.EndAsync(Training.SigKill);
        Assert.Equal(ExitCodes.Done, machine.Run("runs", "ls").ExitCode);

        using var first = machine.Start("runs", "resume", "one");
        using var second = machine.Start("runs", "resume", "one");
        while (!first.HasEnded && !second.HasEnded) await Task.Delay(50, TestContext.Current.CancellationToken);
        var (refused, going) = first.HasEnded ? (first, second) : (second, first);
        Assert.Equal(ExitCodes.WrongInput, await refused.EndAsync(signal: null));
        var told = await refused.SeeAsync($"is being run by process {going.Id} on {Environment.MachineName}");
        await going.EpochsAsync(2);
        Assert.Equal(ExitCodes.Cancelled, await going.EndAsync());
        table.Add("two processes resume the same run at once", 1, await Evidence.TakeAsync(machine, "one", [killed, going], killed: true), told.Replace($"{going.Id}", "4711", StringComparison.Ordinal).Replace(Environment.MachineName, "turing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_was_stopped_while_another_took_its_run_up_records_no_more_of_it()
    {
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        await using var elsewhere = server.NewMachine();
        using var sleeper = machine.Start(machine.Train("one"));
        await sleeper.SeeAsync("checkpoint epoch_5.pt");
        await sleeper.EpochsAsync(1);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        sleeper.Signal(Training.SigStop);
        var id = (await new RunReader(machine.Database).FindRunAsync("one", CancellationToken.None)).Id;
        // Somebody takes it for dead. Stopped within a transaction it keeps everybody else waiting: then it is let go on, and stopped again.
        await using (var journal = new MartenRunJournal(machine.Database, TimeProvider.System))
        {
            for (var told = false; !told;)
            {
                try
                {
                    await journal.RecordAsync(id, new FailRun("its machine does not answer", "ProcessLost") { At = TimeProvider.System.GetUtcNow() }, TestContext.Current.CancellationToken);
                    told = true;
                }
                catch (StoreUnavailableException)
                {
                    sleeper.Signal(Training.SigCont);
                    await Task.Delay(300, TestContext.Current.CancellationToken);
                    sleeper.Signal(Training.SigStop);
                }
            }
        }
        elsewhere.Take("artifacts", machine);
        using var other = elsewhere.Start("runs", "resume", id);
        await other.EpochsAsync(2);
        sleeper.Signal(Training.SigCont);
        Assert.NotEqual(ExitCodes.Done, await sleeper.EndAsync(signal: null));
        var seen = await sleeper.SeeAsync($"was resumed by process {other.Id} on {Environment.MachineName}");
        await other.EpochsAsync(2);
        Assert.Equal(ExitCodes.Cancelled, await other.EndAsync());

        var stored = await new RunReader(machine.Database).ReadEventsAsync(id, CancellationToken.None);
        var events = stored.Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>().ToList();
        Assert.Single(events.OfType<RunResumed>());
        var taken = events.FindIndex(e => e is RunResumed);
        var epochs = events.Skip(taken).OfType<EpochCompleted>().Select(e => e.Epoch).ToList();
        Assert.Equal(Enumerable.Range(epochs[0], epochs.Count), epochs);
        // Its log gave way to the other's: that is named once, and asks nothing of anybody.
        var sync = elsewhere.Run("sync");
        Assert.Contains("stays, and is not named again", sync.Output, StringComparison.Ordinal);
        table.Add("a trainer stopped (SIGSTOP), its run resumed elsewhere, and woken", 1, await Evidence.TakeAsync(elsewhere, id, [other]), Shown(seen, other));
    }

    private static string Shown(string seen, Training other) => seen.Replace($"{other.Id}", "4711", StringComparison.Ordinal).Replace(Environment.MachineName, "turing", StringComparison.Ordinal);
}
