using Itra.Cli.Arguments;
using Itra.Cli.Sweeps;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Runs;

namespace Itra.Cli.Tests.Sweeps;

public sealed class CompletedRunsTests : IDisposable
{
    private readonly Recipe recipe = Recipes.Load("lr");
    private readonly string file = Path.Combine(Path.GetTempPath(), $"itra-{Guid.NewGuid():N}.pt");

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Of_equal_runs_the_one_that_was_registered_last_speaks_and_for_every_command_the_same()
    {
        var runs = new CompletedRuns([Run("run-c", "batch_size=64"), Run("run-b"), Run("run-a")]);
        Assert.Equal("run-b", runs.Done(Asked())!.Summary.Id);
        Assert.Equal(["run-b"], Ids(runs.Answers(Asked())));
        Assert.Null(runs.Done(Asked("seed=7")));
    }

    [Fact]
    public void A_reproduction_speaks_only_where_nobody_else_does()
    {
        var reproduction = Run("run-c") with { Summary = Summary("run-c") with { Origin = new RunOrigin(OriginKind.Reproduction, "run-a") } };
        Assert.Equal("run-a", new CompletedRuns([reproduction, Run("run-a")]).Done(Asked())!.Summary.Id);
        Assert.Equal(["run-a"], Ids(new CompletedRuns([reproduction, Run("run-a")]).Answers(Asked())));
        Assert.Equal("run-c", new CompletedRuns([reproduction]).Done(Asked())!.Summary.Id);
    }

    [Fact]
    public void Other_seeds_answer_too_one_run_each_and_with_the_batch_divided_as_asked_if_there_is_such_a_run()
    {
        var runs = new CompletedRuns([Run("run-e", "seed=2", "batch_size=64"), Run("run-d", "seed=2"), Run("run-c", "seed=1", "batch_size=64"), Run("run-b"), Run("run-a", "seed=2")]);
        Assert.Equal(["run-b", "run-c", "run-d"], Ids(runs.Answers(Asked())).Order());
    }

    [Fact]
    public void A_run_that_began_with_what_is_in_the_file_today_goes_before_a_later_one_that_did_not()
    {
        File.WriteAllText(file, "abc");
        var begun = Run("run-a", $"resume={file}") with { StartedFrom = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" };
        var other = Run("run-b", $"resume={file}") with { StartedFrom = new string('0', 64) };
        Assert.Equal("run-a", new CompletedRuns([other, begun]).Done(Asked($"resume={file}"))!.Summary.Id);
        Assert.Equal(["run-a"], Ids(new CompletedRuns([other, begun]).Answers(Asked($"resume={file}"))));
        File.Delete(file);
        Assert.Equal(["run-b"], Ids(new CompletedRuns([other, begun]).Answers(Asked($"resume={file}"))));
    }

    private TrainRequest Asked(params string[] set) => Recipes.Plan(recipe, set)[1].Request;

    private RecordedRun Run(string id, params string[] set)
    {
        var config = Asked(set).Config;
        return new RecordedRun(Summary(id), new RunSpec("clip", "any", "any", config.Seed, config.ToDictionary()));
    }

    private static RunSummary Summary(string id) => new(id, "any", "any", "clip", RunStatus.Completed, default, null);

    private static IEnumerable<string> Ids(IEnumerable<RecordedRun> runs) => runs.Select(r => r.Summary.Id);
}
