using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Explanations;
using static Itra.Tracking.Tests.Explanations.Recorded;

namespace Itra.Tracking.Tests.Explanations;

public class LineageTests
{
    private static IReadOnlyList<Ancestor> Of(List<RunRecord> runs, params Maker[] makers) =>
        new Lineage(runs.ToDictionary(r => r.RunId), makers.ToDictionary(m => m.Sha256)).Of(runs[0].RunId);

    [Fact]
    public void A_run_of_its_own_started_from_initial_weights()
    {
        var one = Assert.Single(Of([Run("run-a", Registered("run-a"), Model("RN50.pt"))]));
        Assert.Equal((0, AncestorKind.InitialWeights, "RN50.pt", "initial-weights"), (one.Depth, one.Kind, one.Name, one.Sha256));
    }

    [Fact]
    public void A_checkpoint_leads_to_the_run_that_saved_it_and_on_to_what_that_started_from()
    {
        var ancestors = Of(
            [
                Run("run-c", Registered("run-c"), Model(), From("k-of-b")),
                Run("run-b", Registered("run-b"), TrainedOn("flickr"), Model(), From("k-of-a")),
                Run("run-a", Registered("run-a"), TrainedOn("coco"), Model("RN50.pt")),
            ],
            new Maker("k-of-b", "run-b", "epoch_2.pt", 2), new Maker("k-of-a", "run-a", "epoch_1.pt", 1));
        Assert.Equal([(0, AncestorKind.Checkpoint, "run-b", 2), (1, AncestorKind.Checkpoint, "run-a", 1), (2, AncestorKind.InitialWeights, null, null)],
            ancestors.Select(a => (a.Depth, a.Kind, a.RunId, a.Epoch)));
        Assert.Equal(["flickr", "coco", null], ancestors.Select(a => a.TrainedOn?.Name));
        Assert.DoesNotContain(ancestors, a => a.Unfollowed);
    }

    [Fact]
    public void A_file_that_no_run_here_made_is_an_ancestor_without_a_run()
    {
        var one = Assert.Single(Of([Run("run-a", Registered("run-a"), Model(), From("foreign"))]));
        Assert.Equal(("start.pt", "foreign", null), (one.Name, one.Sha256, one.RunId));
    }

    [Fact]
    public void Where_a_checkpoint_fitted_only_in_part_the_initial_weights_count_too()
    {
        var ancestors = Of([Run("run-a", Registered("run-a"), Model("RN50.pt"), From("foreign", 0, "head is missing"))]);
        Assert.Equal([AncestorKind.Checkpoint, AncestorKind.InitialWeights], ancestors.Select(a => a.Kind));
        Assert.Equal(["head is missing"], ancestors[0].Differences);
    }

    [Fact]
    public void A_branch_leads_to_its_parent_once_and_a_branch_of_a_branch_to_both()
    {
        RunOrigin From(string id) => new(OriginKind.Branch, id, 1, 10, "k-of-" + id);
        var ancestors = Of(
            [
                Run("run-c", Registered("run-c", From("run-b")), Model(), Recorded.From("k-of-run-b", 1)),
                Run("run-b", Registered("run-b", From("run-a")), Model(), Recorded.From("k-of-run-a", 1)),
                Run("run-a", Registered("run-a"), Model()),
            ],
            new Maker("k-of-run-b", "run-b", "epoch_1.pt", 1), new Maker("k-of-run-a", "run-a", "epoch_1.pt", 1));
        Assert.Equal([(0, AncestorKind.Branch, "run-b"), (1, AncestorKind.Branch, "run-a"), (2, AncestorKind.InitialWeights, null)], ancestors.Select(a => (a.Depth, a.Kind, a.RunId)));
    }

    [Fact]
    public void A_reproduction_names_its_original_and_starts_where_that_did()
    {
        var ancestors = Of([Run("run-b", Registered("run-b", new RunOrigin(OriginKind.Reproduction, "run-a")), Model()), Run("run-a", Registered("run-a"), Model())]);
        Assert.Equal([(0, AncestorKind.Reproduction), (0, AncestorKind.InitialWeights)], ancestors.Select(a => (a.Depth, a.Kind)));
    }

    [Fact]
    public void A_tower_from_another_runs_file_leads_to_that_run()
    {
        var ancestors = Of(
            [
                Run("run-b", Registered("run-b"), Model(), new InputFingerprinted("image-weights", "mine.pt", new Artifact("k-of-a", 1), false) { At = Noon }),
                Run("run-a", Registered("run-a"), Model()),
            ], new Maker("k-of-a", "run-a", "epoch_3.pt", 3));
        Assert.Equal([(0, AncestorKind.WeightFile, "run-a"), (1, AncestorKind.InitialWeights, null)], ancestors.Select(a => (a.Depth, a.Kind, a.RunId)));
    }

    [Fact]
    public void A_store_that_contradicts_itself_gives_an_end()
    {
        var ancestors = Of(
            [Run("run-a", Registered("run-a"), From("k-of-b")), Run("run-b", Registered("run-b"), From("k-of-a"))],
            new Maker("k-of-b", "run-b", "b.pt", 1), new Maker("k-of-a", "run-a", "a.pt", 1));
        Assert.Equal([("run-b", false), ("run-a", true)], ancestors.Select(a => (a.RunId!, a.Unfollowed)));
    }

    [Fact]
    public void A_long_line_is_followed_only_so_far()
    {
        var runs = Enumerable.Range(0, 12).Select(i => Run($"run-{i}", Registered($"run-{i}"), From($"k{i + 1}"))).ToList();
        var ancestors = Of(runs, [.. Enumerable.Range(1, 11).Select(i => new Maker($"k{i}", $"run-{i}", "x.pt", 1))]);
        Assert.Equal(Lineage.Deepest + 1, ancestors.Count);
        Assert.Equal([true], ancestors.Where(a => a.Unfollowed).Select(_ => true));
        Assert.True(ancestors[^1].Unfollowed);
    }
}
