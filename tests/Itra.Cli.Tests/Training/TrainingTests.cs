using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Cli.Demo;

namespace Itra.Cli.Tests.Training;

/// <summary>Trains with the real program on a small world: how runs end, and what they leave behind.</summary>
public sealed partial class TrainingTests : IDisposable
{
    private const int SigInt = 2, SigTerm = 15;
    private const string Secret = "hunter2-correct-horse";
    private readonly ItraProgram itra = new();
    private readonly DemoWorld world;

    public TrainingTests() => world = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    private string[] Words(int epochs, params string[] more) =>
    [
        "train", "--train-data", "mscoco_captions", "--datasets-dir", world.Datasets, "--vocabulary", world.Vocabulary, "--image-model", world.Model,
        "--text-model", world.Model, "--batch-size", "16", "--workers", "1", "--epochs", epochs.ToString(), "--logs", "logs/small", "--name", "one", .. more,
    ];

    private JsonElement Ask(params string[] words) => JsonDocument.Parse(itra.Run([.. words, "--json"]).Output).RootElement;

    private string Logged(string file) => Path.Combine(itra.Home, "logs", "small", "one", file);

    [Fact]
    public void A_run_is_recorded_with_its_scores_and_leaves_the_files_that_users_expect_and_no_secret()
    {
        var outcome = itra.RunWith(new Dictionary<string, string> { ["MY_SERVICE_TOKEN"] = Secret },
            Words(2, "--retrieval-data", "mscoco_captions", "--retrieval-frequency", "1", "--report-to", "tensorboard", "--experiment", Secret));
        Assert.Equal((ExitCode.Done, ""), (outcome.ExitCode, outcome.Error));

        var place = Ask("leaderboard")[0];
        Assert.Equal(("one", 7), (place.GetProperty("name").GetString(), place.GetProperty("scores").EnumerateObject().Count()));
        Assert.Equal("completed", Ask("runs", "ls")[0].GetProperty("status").GetString());
        Assert.All(["out.log", "params.yml", "results.jsonl", "tensorboard", "checkpoints/epoch_2.pt"], f => Assert.True(Path.Exists(Logged(f)), f));
        Assert.Matches(@"^\d{4}-\d\d-\d\d,\d\d:\d\d:\d\d \| INFO \| \[.+\]: ", File.ReadLines(Logged("out.log")).First());

        // The name of the experiment is what was asked for; the command line and the log must not tell that it is a secret.
        Assert.Contains("***", Ask("runs", "show", "one").GetProperty("provenance").GetProperty("command_line").EnumerateArray().Select(w => w.GetString()));
        Assert.DoesNotContain(Secret, File.ReadAllText(Logged("out.log")) + outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SigInt)]
    [InlineData(SigTerm)]
    public void A_signal_ends_the_run_as_cancelled_with_a_checkpoint(int signal)
    {
        // Whoever is started in the background of a script ignores it, and hands that on.
        Assert.SkipWhen(signal == SigInt && IgnoresInterrupts(), "SIGINT is ignored here");
        using var process = Begin(Words(1000));
        Kill(process.Id, signal);
        Assert.Equal(ExitCode.Cancelled, ItraProgram.End(process).ExitCode);
        Assert.Equal("cancelled", Ask("runs", "ls")[0].GetProperty("status").GetString());
        Assert.Equal(["checkpoint_saved", "run_cancelled"], Ask("events", "one").EnumerateArray().Select(e => e.GetProperty("type").GetString()).TakeLast(2));
    }

    [Fact]
    public void A_signal_that_a_launcher_hands_on_beside_the_terminal_s_own_is_one_signal()
    {
        using var process = Begin(Words(1000), ("SLURM_STEP_ID", "0"));
        Kill(process.Id, SigTerm);
        Thread.Sleep(30);
        // Most often it is writing its checkpoint; if it is done, there is nobody to be told.
        _ = SendSignal(process.Id, SigTerm);
        Assert.Equal(ExitCode.Cancelled, ItraProgram.End(process).ExitCode);
        Assert.Equal(["checkpoint_saved", "run_cancelled"], Ask("events", "one").EnumerateArray().Select(e => e.GetProperty("type").GetString()).TakeLast(2));
    }

    [Fact]
    public void A_killed_process_leaves_a_run_that_ends_as_failed_when_somebody_looks()
    {
        using var process = Begin(Words(1000));
        process.Kill();
        ItraProgram.End(process);
        var looked = itra.Run("runs", "ls");
        Assert.Equal(ExitCode.Done, looked.ExitCode);
        Assert.Contains("recorded as failed", looked.Error, StringComparison.Ordinal);
        var run = Ask("runs", "ls")[0];
        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.StartsWith($"process {process.Id} on ", run.GetProperty("failure_reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("metrics_logged", Ask("events", "one").EnumerateArray().Select(e => e.GetProperty("type").GetString()));
    }

    [Fact]
    public void A_truncated_picture_fails_the_run_in_one_line_that_names_it()
    {
        var picture = Directory.GetFiles(Path.Combine(world.Datasets, "coco2017", "train2017")).Order(StringComparer.Ordinal).First();
        File.WriteAllBytes(picture, File.ReadAllBytes(picture)[..200]);
        var outcome = itra.Run(Words(1));
        Assert.Equal(ExitCode.Failed, outcome.ExitCode);
        Assert.Contains(picture, Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal("failed", Ask("runs", "ls")[0].GetProperty("status").GetString());
        Assert.Contains(File.ReadLines(Logged("out.log")), l => l.Contains("| ERROR | [itra]: ", StringComparison.Ordinal) && l.Contains(picture, StringComparison.Ordinal));

        Directory.Delete(Logged(""), recursive: true);
        Assert.Equal(ExitCode.Done, itra.Run(Words(1, "--skip-broken", "--ddp-static-graph")).ExitCode);
        var log = File.ReadAllText(Logged("out.log"));
        Assert.Contains("| INFO | [itra]: --ddp-static-graph changes nothing: ", log, StringComparison.Ordinal);
        Assert.Contains($"| WARNING | [itra]: left out {picture}: ", log, StringComparison.Ordinal);
    }

    [Fact]
    public void An_annotation_file_without_the_captions_of_an_image_fails_the_run_in_one_line_that_its_log_has_too()
    {
        var file = Path.Combine(world.Datasets, "coco2017", "annotations", "captions_train2017.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json["annotations"] = new JsonArray([.. json["annotations"]!.AsArray().Skip(5).Select(a => a!.DeepClone())]);
        File.WriteAllText(file, json.ToJsonString());

        var outcome = itra.Run(Words(1));
        Assert.Equal(ExitCode.Failed, outcome.ExitCode);
        Assert.Contains("captions_train2017.json: 1 of", Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal(["run_registered", "run_started", "run_failed"], Ask("events", "one").EnumerateArray().Select(e => e.GetProperty("type").GetString()));
        Assert.Contains("have no caption", File.ReadAllText(Logged("out.log")), StringComparison.Ordinal);
    }

    /// <summary>Starts a training and waits until some of its steps are recorded.</summary>
    private Process Begin(string[] words, params (string Name, string Value)[] variables)
    {
        var process = itra.Start(variables.ToDictionary(v => v.Name, v => v.Value), words);
        while (process.StandardOutput.ReadLine() is { } line)
            if (line.Contains("epoch 10 done", StringComparison.Ordinal)) return process;
        throw new InvalidOperationException("the training ended: " + ItraProgram.End(process).Error);
    }

    private static bool IgnoresInterrupts() =>
        (Convert.ToUInt64(File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), 16) & (1UL << (SigInt - 1))) != 0;

    private static void Kill(int process, int signal) => Assert.Equal(0, SendSignal(process, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
