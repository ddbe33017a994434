using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Explanations;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Explanations;

/// <summary>The questions to the store behind an explanation, asked of a real one.</summary>
public sealed class ExplanationReaderTests(TestServer server) : IAsyncLifetime
{
    private static readonly string Checkpoint = new('a', 64);

    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private Task<Explanation> ExplainAsync(string runId, ScoreQuestion? question = null) =>
        new ExplanationReader(database, name => name == "ITRA_HOME" ? "/nowhere" : null).ExplainAsync(runId, question ?? new ScoreQuestion(), CancellationToken.None);

    [Fact]
    public async Task Evaluations_of_the_same_split_are_counted_over_all_runs_up_to_the_event()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 3));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", epochs: 2));
        await journal.RecordAllAsync("run-b", [
            new RecordWiseFt(0.5, "s", "e", 2, new Dictionary<string, string> { ["mscoco_captions"] = "d2" }, new Dictionary<string, double> { ["retrieval-mean-recall"] = 1 }, null, 1) { At = RecordedRuns.Noon },
            new RecordRetrieval(2, "flickr", "d3", "raw", 10, 50, RecordedRuns.Scores, 1) { At = RecordedRuns.Noon },
        ]);
        await journal.RecordAllAsync("run-c", RecordedRuns.Life("run-c", epochs: 1));

        var first = (await ExplainAsync("run-a", new ScoreQuestion(Epoch: 1))).Selection;
        Assert.Equal((0L, 0L, 3), (first.StoreEvaluationsBefore, first.StoreRunsBefore, first.Evaluations));
        var last = (await ExplainAsync("run-c")).Selection;
        Assert.Equal((6L, 2L, 0), (last.StoreEvaluationsBefore, last.StoreRunsBefore, last.EvaluationsBefore));
    }

    [Fact]
    public async Task A_checkpoint_leads_to_the_run_that_saved_it_first()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", "parent"));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", "same again"));
        await journal.RecordAllAsync("run-c", RecordedRuns.Life("run-c", "child").Take(4).Append(new StartFromCheckpoint("last.pt", Checkpoint, 0, 0, []) { At = RecordedRuns.Noon })
            .Append(new RecordRetrieval(0, "mscoco_captions", "d2", "raw", 79, 395, RecordedRuns.Scores, 3) { At = RecordedRuns.Noon }));
        var ancestors = (await ExplainAsync("run-c")).Ancestors;
        Assert.Equal([("parent", (int?)2), (null, null)], ancestors.Select(a => (a.RunName, a.Epoch)));
    }

    [Fact]
    public async Task Mixed_weights_that_were_kept_lead_to_their_run()
    {
        var mixed = new Artifact(new string('b', 64), 10);
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", "parent").Append(
            new RecordWiseFt(0.5, "s", "e", 2, new Dictionary<string, string> { ["x"] = "d9" }, new Dictionary<string, double> { ["m"] = 1 }, mixed, 1) { At = RecordedRuns.Noon }));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", "child").Take(4).Append(new StartFromCheckpoint("mixed.pt", mixed.Sha256, 0, 0, []) { At = RecordedRuns.Noon })
            .Append(new RecordRetrieval(0, "mscoco_captions", "d2", "raw", 79, 395, RecordedRuns.Scores, 3) { At = RecordedRuns.Noon }));
        Assert.Equal("parent", (await ExplainAsync("run-b")).Ancestors[0].RunName);
    }

    [Fact]
    public async Task Branches_of_a_run_are_found_and_its_reproductions_are_none()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await journal.RecordAllAsync("run-b", [RecordedRuns.Register("run-b", "tuned") with { Origin = new RunOrigin(OriginKind.Branch, "run-a", 2, 10, Checkpoint) }]);
        await journal.RecordAllAsync("run-c", [RecordedRuns.Register("run-c", "again") with { Origin = new RunOrigin(OriginKind.Reproduction, "run-a") }]);
        Assert.Equal([new Descendant("run-b", "tuned", 2)], (await ExplainAsync("run-a")).Branches);
    }

    [Fact]
    public async Task A_seal_covers_what_was_recorded_before_it_and_nothing_later()
    {
        var home = Directory.CreateTempSubdirectory();
        try
        {
            await using var journal = new MartenRunJournal(database, TimeProvider.System);
            await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
            Assert.Null((await ExplainAsync("run-a")).Seal);
            await new Ledger(database, home.FullName, TimeProvider.System).SealAsync(CancellationToken.None);
            await journal.RecordAllAsync("run-a", [new RecordRetrieval(1, "flickr", "d3", "raw", 10, 50, RecordedRuns.Scores, 1) { At = RecordedRuns.Noon }]);
            Assert.Equal(1, (await ExplainAsync("run-a", new ScoreQuestion(Dataset: "mscoco_captions"))).Seal!.Number);
            Assert.Null((await ExplainAsync("run-a", new ScoreQuestion(Dataset: "flickr"))).Seal);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_checkpoint_whose_file_is_gone_is_told_as_gone()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        var weights = (await ExplainAsync("run-a")).Weights;
        Assert.Equal((WeightsFate.Kept, Checkpoint, false), (weights.Fate, weights.Sha256, weights.InStore));
    }
}
