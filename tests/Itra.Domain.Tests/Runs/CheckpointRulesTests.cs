using Itra.Domain.Artifacts;
using Itra.Domain.Runs;

namespace Itra.Domain.Tests.Runs;

public class CheckpointRulesTests
{
    private static readonly string Sha256 = Facts.Blob.Sha256;
    private static readonly CheckpointSaved Saved = new(1, 10, "epoch_1.pt", Facts.Blob) { Updates = 10, At = Facts.Then };
    private static readonly CheckpointPinned Pinned = new(Sha256, "in the paper", "ada") { At = Facts.Then };
    private static readonly CheckpointDeleted Deleted = new(Sha256, Facts.Blob.Bytes, "not in best:1", "ada") { At = Facts.Then };

    [Fact]
    public void A_checkpoint_is_pinned_and_unpinned_once_each_in_any_state()
    {
        foreach (RunEvent[] rest in new RunEvent[][] { [], [Facts.Completed], [Facts.Failed], [Facts.Cancelled] })
        {
            Story.Given([.. Facts.Running(Saved), .. rest]).When(new PinCheckpoint(Sha256, "in the paper", "ada")).Then(Pinned with { At = Facts.Now });
            Story.Given([.. Facts.Running(Saved, Pinned), .. rest]).When(new PinCheckpoint(Sha256, "in the paper", "bob")).Then();
            // Who gives no reason takes none away.
            Story.Given([.. Facts.Running(Saved, Pinned), .. rest]).When(new PinCheckpoint(Sha256, null, "bob")).Then();
            Story.Given([.. Facts.Running(Saved, Pinned), .. rest]).When(new UnpinCheckpoint(Sha256, "bob")).Then(new CheckpointUnpinned(Sha256, "bob") { At = Facts.Now });
            Story.Given([.. Facts.Running(Saved), .. rest]).When(new UnpinCheckpoint(Sha256, "bob")).Then();
        }
    }

    [Fact]
    public void What_the_run_never_saved_is_neither_pinned_nor_deleted()
    {
        var other = new string('f', 64);
        foreach (RunCommand command in new RunCommand[] { new PinCheckpoint(other, null, "ada"), new UnpinCheckpoint(other, "ada"), new DeleteCheckpoint(other, "old", "ada") })
            Story.Given(Facts.Running(Saved, Facts.Completed)).When(command).ThenRefused("has no checkpoint");
    }

    [Fact]
    public void A_deletion_is_recorded_once_with_digest_and_size()
    {
        Story.Given(Facts.Running(Saved, Facts.Completed)).When(new DeleteCheckpoint(Sha256, "not in best:1", "ada")).Then(Deleted with { At = Facts.Now });
        Story.Given(Facts.Running(Saved, Facts.Completed, Deleted)).When(new DeleteCheckpoint(Sha256, "again", "bob")).Then();
    }

    [Fact]
    public void A_run_that_is_running_keeps_what_it_may_be_resumed_from() =>
        Story.Given(Facts.Running(Saved)).When(new DeleteCheckpoint(Sha256, "old", "ada")).ThenRefused("is running");

    [Fact]
    public void A_pinned_checkpoint_is_deleted_only_after_it_was_unpinned()
    {
        Story.Given(Facts.Running(Saved, Pinned, Facts.Failed)).When(new DeleteCheckpoint(Sha256, "old", "bob")).ThenRefused("pinned by ada");
        Story.Given(Facts.Running(Saved, Pinned, Facts.Failed, new CheckpointUnpinned(Sha256, "ada") { At = Facts.Then })).When(new DeleteCheckpoint(Sha256, "not in best:1", "ada")).Then(Deleted with { At = Facts.Now });
    }

    [Fact]
    public void A_deleted_checkpoint_is_not_pinned_and_not_gone_on_from()
    {
        Story.Given(Facts.Running(Saved, Deleted)).When(new PinCheckpoint(Sha256, null, "bob")).ThenRefused("was deleted");
        Story.Given(Facts.Running(Saved, Deleted, Facts.Failed)).When(new ResumeRun("noether", 12, Facts.Then, Sha256, 1, 10)).ThenRefused("by ada (not in best:1)");
    }

    [Fact]
    public void Saved_again_it_is_there_again()
    {
        Story.Given(Facts.Running(Saved, Deleted)).When(new SaveCheckpoint(1, 10, "epoch_1.pt") { Stored = Facts.Blob, Updates = 10 }).Then(Saved with { At = Facts.Now });
        Story.Given(Facts.Running(Saved, Deleted, Saved)).When(new PinCheckpoint(Sha256, "in the paper", "ada")).Then(Pinned with { At = Facts.Now });
    }

    [Fact]
    public void What_a_resumption_superseded_can_still_be_deleted()
    {
        var second = new CheckpointSaved(2, 20, "epoch_2.pt", new Artifact(new string('b', 64), 10)) { Updates = 20, At = Facts.Then };
        Story.Given(Facts.Running(Saved, second, Facts.Failed, new RunResumed("noether", 12, Facts.Then, Sha256, 1, 10) { At = Facts.Then }, Facts.Failed))
            .When(new DeleteCheckpoint(second.Artifact.Sha256, "superseded", "ada")).Then(new CheckpointDeleted(second.Artifact.Sha256, 10, "superseded", "ada") { At = Facts.Now });
    }
}
