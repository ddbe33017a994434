using System.Diagnostics;
using System.Text.Json;
using Itra.Cli.Demo;

namespace Itra.Cli.Tests.Sweeps;

/// <summary>A sweep over a tiny recipe, through the real program: it trains, it continues, it reports.</summary>
public sealed class SweepRunTests : IDisposable
{
    private readonly ItraProgram itra = new();
    private readonly string recipe, datasets;

    public SweepRunTests()
    {
        var (world, _) = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(1, 12, 10, 40, 1));
        datasets = world.Datasets;
        recipe = Path.Combine(itra.Home, "tiny.yaml");
        File.WriteAllText(recipe, $$$"""
            title: Tiny
            guide: none
            metric: retrieval-mean-recall
            picture: {x: lr, scale: log}
            base:
              nproc_per_node: 2
              train_data: mscoco_captions
              retrieval_data: mscoco_captions
              retrieval_frequency: 1
              vocabulary: {{{world.Vocabulary}}}
              image_model: {{{world.Model}}}
              text_model: {{{world.Model}}}
              epochs: 2
              batch_size: 3
              workers: 1
              threads: 1
              logs: logs
            trials:
              - {name: slow, set: {lr: 1e-5}, published: {retrieval-mean-recall: 12.5}}
              - {name: wild, set: {lr: 1e30}, published: {retrieval-mean-recall: 1}}
              - {name: fast, set: {lr: 1e-3}, published: null}
            """);
    }

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    private (int Code, JsonElement[] Rows) Sweep(params string[] more)
    {
        var outcome = itra.Run(["sweep", "run", recipe, "--datasets-dir", datasets, "--json", .. more]);
        Assert.True(outcome.Output.StartsWith('['), outcome.Error);
        return (outcome.ExitCode, [.. JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray()]);
    }

    private static string States(IEnumerable<JsonElement> rows) => string.Join(' ', rows.Select(r => r.GetProperty("state").GetString()));

    [Fact]
    public void It_goes_on_after_a_failure_and_does_nothing_twice()
    {
        var (code, planned) = Sweep("--dry-run");
        Assert.Equal((ExitCode.Done, "to_run to_run to_run"), (code, States(planned)));
        Assert.Equal((6, 3, 2, 4), (Int(planned[0], "pairs_per_update"), Int(planned[0], "batch_size"), Int(planned[0], "accum_freq"), Int(planned[0], "steps")));
        Assert.False(Directory.Exists(Path.Combine(itra.Home, "logs")));

        (code, var ran) = Sweep("--max-trials", "1");
        Assert.Equal((ExitCode.Done, "completed to_run to_run"), (code, States(ran)));

        (code, ran) = Sweep();
        Assert.Equal((ExitCode.Failed, "already_done failed completed"), (code, States(ran)));

        (code, ran) = Sweep("--set", "lr=1e-3", "--set", "name=again");
        Assert.Equal((ExitCode.Done, "already_done already_done already_done"), (code, States(ran)));

        var runs = JsonDocument.Parse(itra.Run("runs", "ls", "--experiment", "tiny", "--json").Output).RootElement.EnumerateArray().Reverse().ToList();
        Assert.Equal("slow:completed wild:failed fast:completed", string.Join(' ', runs.Select(r => $"{r.GetProperty("name").GetString()}:{r.GetProperty("status").GetString()}")));

        var picture = Path.Combine(itra.Home, "tiny.png");
        var report = itra.Run("report", recipe, "--plot", picture);
        Assert.Equal(("", ExitCode.Done), (report.Error, report.ExitCode));
        string[][] lines = [.. report.Output.TrimEnd('\n').Split('\n').Select(l => l.Split('\t'))];
        Assert.Equal(["trial", "metric", "published", "ours"], lines[0][..4]);
        Assert.Equal(("slow", "12.5"), (lines[1][0], lines[1][2]));
        Assert.InRange(double.Parse(lines[1][3]), 0, 100);
        Assert.Equal((runs[0].GetProperty("id").GetString(), "", ""), (lines[1][^1], lines[2][3], lines[3][2]));
        Assert.True(File.Exists(picture));

        var csv = itra.Run("report", recipe, "--format", "csv").Output;
        Assert.StartsWith("trial,metric,published,ours,", csv, StringComparison.Ordinal);
        Assert.Contains("| slow | 12.50 | ", itra.Run("report", recipe, "--format", "markdown").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_cancels_the_trial_and_starts_no_other()
    {
        using var process = itra.Start(new Dictionary<string, string>(), "sweep", "run", recipe, "--datasets-dir", datasets, "--set", "epochs=100000", "--json");
        while (process.StandardError.ReadLine() is { } line && !line.Contains("epoch 5 done", StringComparison.Ordinal)) { }
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString()])) kill.WaitForExit();
        var outcome = ItraProgram.End(process);
        Assert.Equal(ExitCode.Cancelled, outcome.ExitCode);
        Assert.Equal("cancelled to_run to_run", States(JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray()));
    }

    private static int Int(JsonElement row, string name) => row.GetProperty(name).GetInt32();
}
