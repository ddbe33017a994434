using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Comparison;

namespace Itra.Tracking.Tests.Comparison;

public class StandingEventsTests
{
    private static readonly Artifact First = new(new string('1', 64), 1), Second = new(new string('2', 64), 1);

    private static EpochCompleted Epoch(int epoch, double loss) => new(epoch, epoch * 5, loss, 1e-5, 1, 1) { At = default };

    private static CheckpointSaved Saved(int epoch, Artifact file) => new(epoch, epoch * 5, "x.pt", file) { At = default };

    private static RunResumed Resumed(int epoch, string? from) => new("host", 1, default, from, epoch, epoch * 5) { At = default };

    [Fact]
    public void What_came_after_the_checkpoint_gone_on_from_is_superseded()
    {
        RunEvent[] events =
        [
            Epoch(1, 3), Saved(1, First), new MetricsLogged(5, 5, [], "") { At = default }, Epoch(2, 2), Saved(2, Second), new RunFailed("killed", "x") { At = default },
            Resumed(1, First.Sha256), Epoch(2, 1),
        ];
        Assert.Equal([events[0], events[1], events[6], events[7]], StandingEvents.Of(events));
    }

    [Fact]
    public void A_run_that_starts_over_keeps_nothing_of_its_epochs()
    {
        RunEvent[] events = [Epoch(1, 3), Saved(1, First), Resumed(0, null), Epoch(1, 2)];
        Assert.Equal([events[2], events[3]], StandingEvents.Of(events));
    }

    [Fact]
    public void A_branch_inherits_what_was_scored_before_it_parted()
    {
        var parent = new TrainedRun("run-a").Recorded();
        var child = new TrainedRun("run-b") { Recalls = [70, 80] }.Recorded();
        var branch = child with
        {
            Events = [.. child.Events.Where(e => StandingEvents.EpochOf(e) is null or 2)],
            Inherited = [.. parent.Events.Where(e => StandingEvents.EpochOf(e) <= 1)],
        };
        var compared = RunComparison.Of([parent, branch], ComparisonRules.None);
        Assert.Equal([70, 80], compared.Curves.Single(c => c.Over == "epoch").Lines[1].Points);
        Assert.Equal(("retrieval-image2text-R@1 on mscoco_captions (raw weights)", 2, new StreamPlace(2, 9)), compared.Streams[0] is { First: { } f } s ? (f.What, f.Epoch, s.AgreedUpTo!) : default);
    }
}
