using System.Text.Json;
using Itra.Cli.Demo;

namespace Itra.Cli.Tests.Commands;

/// <summary>The real program, from two trainings to a curve.</summary>
public sealed class WiseFtCommandTests : IDisposable
{
    private readonly ItraProgram itra = new();
    private readonly DemoWorld world;

    public WiseFtCommandTests() => world = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    [Fact]
    public void A_run_s_line_is_scored_recorded_printed_and_kept_from_whatever_folder_it_is_asked()
    {
        Train("start", "--lr", "1e-3");
        var start = Path.Combine("logs", "start", "checkpoints", "epoch_1.pt");
        // Relative paths, which mean the folder the training was started in.
        Train("tuned", "--lr", "1e-3", "--pretrained-image-model", "--pretrained-text-model", "--image-model-tag", start, "--text-model-tag", start,
            "--retrieval-data", "mscoco_captions", "--retrieval-frequency", "1", "--lock-text-model", "--epochs", "2");

        itra.Folder = "/";
        var outcome = itra.Run("wise-ft", "tuned", "--alphas", "0:1:0.5", "--save-alpha", "0.5", "--json");
        Assert.Equal((ExitCode.Done, ""), (outcome.ExitCode, outcome.Error));
        using var curve = JsonDocument.Parse(outcome.Output);
        Assert.Equal(["run_id", "epoch", "start_digest", "end_digest", "datasets", "points", "kept_as", "best"], curve.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal([0, 0.5, 1], curve.RootElement.GetProperty("points").EnumerateArray().Select(p => p.GetProperty("alpha").GetDouble()));
        Assert.Equal(7, curve.RootElement.GetProperty("points")[0].GetProperty("scores").EnumerateObject().Count());
        Assert.True(File.Exists(Path.Combine(itra.Home, "logs", "tuned", "checkpoints", "wise_ft_0.5.pt")));

        using var events = JsonDocument.Parse(itra.Run("events", "tuned", "--json").Output);
        var last = events.RootElement.EnumerateArray().Where(e => e.GetProperty("type").GetString() == "wise_ft_evaluated").ToList();
        Assert.Equal(3, last.Count);
        Assert.Equal([false, true, false], last.Select(e => e.GetProperty("data").GetProperty("kept").ValueKind == JsonValueKind.Object));

        var lines = itra.Run("wise-ft", "tuned", "--alphas", "0,1").Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("alpha\tretrieval-image2text-R@1\t", lines[0], StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);

        Refused("no checkpoint of epoch 7, only of 1, 2", "wise-ft", "tuned", "--epoch", "7");
        Refused("outside of 0", "wise-ft", "tuned", "--alphas", "0:2:0.5");
        Refused("started from random weights", "wise-ft", "start");
    }

    private void Refused(string message, params string[] words)
    {
        var outcome = itra.Run(words);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains(message, Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private void Train(string name, params string[] more)
    {
        var outcome = itra.Run(
        [
            "train", "--train-data", "mscoco_captions", "--datasets-dir", "world/" + Path.GetRelativePath(Path.Combine(itra.Home, "world"), world.Datasets), "--vocabulary", world.Vocabulary,
            "--image-model", world.Model, "--text-model", world.Model, "--batch-size", "16", "--workers", "1", "--epochs", "1", "--logs", "logs", "--name", name, .. more,
        ]);
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Error + outcome.Output);
    }
}
