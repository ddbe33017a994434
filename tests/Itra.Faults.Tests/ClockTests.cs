using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Faults.Tests;

/// <summary>A clock that is set back while a run writes.</summary>
public sealed class ClockTests(ReliabilityTable table)
{
    private const int Epochs = 40;

    [Fact]
    public async Task Order_is_that_of_recording_and_not_that_of_the_clock()
    {
        await using var machine = new Machine();
        var clock = new SteppingClock();
        RunCommand[] life = [.. RecordedRuns.Life("run-a", epochs: Epochs).Where(c => c is not SaveCheckpoint), new CompleteRun()];
        await using (var journal = new WriteAheadJournal(new MartenRunJournal(machine.Database, clock), (_, _) => Task.CompletedTask, machine.Home, clock))
        {
            foreach (var command in life)
            {
                await journal.RecordAsync("run-a", command with { At = clock.GetUtcNow() }, CancellationToken.None);
                clock.StepBack();
            }
            Assert.True(await journal.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        }
        var ledger = new Ledger(machine.Database, machine.Home, clock);
        await ledger.SealAsync(CancellationToken.None);
        var report = await new AuditVerification(machine.Database, ledger, new FolderArtifactStore(machine.Home), clock).VerifyAsync(null, null, null, CancellationToken.None);
        Assert.Empty(report.Findings);

        var stored = await new RunReader(machine.Database).ReadEventsAsync("run-a", CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, life.Length).Select(v => (long)v), stored.Select(e => e.Version));
        Assert.Equal(Enumerable.Range(1, Epochs), stored.Select(e => EventJson.Read(e.Type, e.Data)).OfType<EpochCompleted>().Select(e => e.Epoch));
        Assert.Equal(RunStatus.Completed, (await new RunReader(machine.Database).FindRunAsync("run-a", CancellationToken.None)).Status);
        table.Add("the clock set back by an hour after every event", life.Length, new Evidence(stored.Count, life.Length - stored.Count), "nothing: events are ordered by their numbers");
    }

    private sealed class SteppingClock : TimeProvider
    {
        private TimeSpan back;

        public void StepBack() => back += TimeSpan.FromHours(1);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - back;
    }
}
