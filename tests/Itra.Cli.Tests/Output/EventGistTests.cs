using System.Text.Json;
using Itra.Cli.Output;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Runs;

namespace Itra.Cli.Tests.Output;

public class EventGistTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static string Gist(string type, RunEvent e, int width = 200) => Gist(type, EventJson.Write(e), width);

    private static string Gist(string type, string json, int width = 200) => EventGist.Of(type, JsonDocument.Parse(json).RootElement, width);

    [Fact]
    public void A_resumption_says_from_where()
    {
        Assert.Equal("from epoch 2, update 25, checkpoint aaaaaaaaaaaa, on turing, process 7", Gist("run_resumed", new RunResumed("turing", 7, At, new string('a', 64), 2, 25) { At = At }));
        Assert.Equal("from the start, on turing, process 7", Gist("run_resumed", new RunResumed("turing", 7, At, null, 0, 0) { At = At }));
    }

    [Fact]
    public void An_input_says_what_it_is_and_whether_it_is_kept() => Assert.Equal(
        "vocabulary bpe.txt, 1.5 KiB, sha256 bbbbbbbbbbbb, kept", Gist("input_fingerprinted", new InputFingerprinted("vocabulary", "bpe.txt", new Artifact(new string('b', 64), 1536), true) { At = At }));

    [Fact]
    public void A_verdict_says_what_came_out_and_where_it_parted()
    {
        Assert.Equal("run-b repeats run-a: bit-exact", Gist("reproduction_judged", new ReproductionJudged("run-a", "run-b", Verdict.BitExact, [], null) { At = At }));
        Assert.Equal("run-b repeats run-a: within tolerance, most in loss: 0.01 of 0.02 allowed",
            Gist("reproduction_judged", new ReproductionJudged("run-a", "run-b", Verdict.WithinTolerance, [new("recall", 0.01, 1), new("loss", 0.01, 0.02)], null) { At = At }));
        Assert.Equal("run-b repeats run-a: diverged at epoch 1, step 7: loss 2.25, again 2.5",
            Gist("reproduction_judged", new ReproductionJudged("run-a", "run-b", Verdict.Diverged, [], new Divergence("loss", 1, 7, 9, "2.25", "2.5")) { At = At }));
    }

    [Fact]
    public void A_registration_says_what_it_was_made_from()
    {
        var provenance = new Provenance(null, false, [], "/home", "me", "host", "Linux", "1", ".NET", new Dictionary<string, string>(), "cpu", 1, 1);
        var registered = new RunRegistered("run-b", new RunSpec("clip", "coco", "tuned", 3, new Dictionary<string, string>()), provenance) { At = At };
        Assert.Equal("tuned: clip, experiment coco, seed 3", Gist("run_registered", registered));
        Assert.Equal("tuned: clip, experiment coco, seed 3, branch of run-a at epoch 2", Gist("run_registered", registered with { Origin = new RunOrigin(OriginKind.Branch, "run-a", 2, 20) }));
    }

    [Fact]
    public void A_leaderboard_says_how_it_ranks_and_whose_rows_it_was_given()
    {
        Assert.Equal("version 2: metric retrieval-mean-recall", Gist("leaderboard_defined", """{"name":"coco","version":2,"definition":{"name":"coco","metric":"retrieval-mean-recall","formula":null},"by":"ada"}"""));
        Assert.Equal("BLIP, FLIP", Gist("external_rows_added", """{"name":"coco","rows":[{"name":"BLIP"},{"name":"FLIP"}],"by":"ada"}"""));
    }

    [Fact]
    public void What_this_program_does_not_know_is_told_by_its_plain_values() =>
        Assert.Equal("colour red, parts [2], s…", Gist("painted_by_a_later_program", """{"at":"2026-03-01T12:00:00Z","colour":"red","parts":[1,2],"size":1.5}""", 25));
}
