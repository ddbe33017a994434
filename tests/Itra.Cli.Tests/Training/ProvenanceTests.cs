using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Itra.Cli.Demo;
using Itra.Domain.Artifacts;
using Itra.Tracking;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Tests.Training;

/// <summary>What a run records of where it comes from, with the real program started in a git repository.</summary>
public sealed class ProvenanceTests : IDisposable
{
    private const string Secret = "hunter2-correct-horse", Password = "swordfish9-in-a-url";
    private readonly ItraProgram itra = new();
    private readonly string work;
    private readonly DemoWorld world;

    public ProvenanceTests()
    {
        world = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;
        work = Directory.CreateDirectory(Path.Combine(itra.Home, "work")).FullName;
        itra.Folder = work;
        Git("init", "-q");
        File.WriteAllText(Path.Combine(work, "train.sh"), "echo one\n");
        Git("add", "train.sh");
        Git("-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "-q", "-m", "one");
    }

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    private void Git(params string[] words)
    {
        using var git = Process.Start(new ProcessStartInfo("/usr/bin/env", ["git", .. words]) { WorkingDirectory = work })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }

    private JsonElement Registered() => JsonDocument.Parse(itra.Run("events", "one", "--json").Output).RootElement.EnumerateArray().First().GetProperty("data").GetProperty("provenance");

    private ItraProgram.Outcome Train(params string[] more) => itra.RunWith(
        new Dictionary<string, string> { ["MY_SERVICE_TOKEN"] = Secret, ["OMP_DYNAMIC"] = "false", ["TORCH_HOME"] = $"https://me:{Password}@hub/{Secret}" },
        [
            "train", "--train-data", "mscoco_captions", "--datasets-dir", world.Datasets, "--vocabulary", world.Vocabulary, "--image-model", world.Model, "--text-model", world.Model,
            "--batch-size", "16", "--workers", "1", "--epochs", "1", "--logs", "logs/small", "--name", "one", .. more,
        ]);

    [Fact]
    public async Task The_patch_the_environment_and_the_origin_of_every_setting_are_recorded_and_no_secret_is()
    {
        File.WriteAllText(Path.Combine(work, "train.sh"), $"echo two\ncurl -H 'X: {Secret}' https://me:{Password}@hub\n");
        File.WriteAllText(Path.Combine(work, "settings.yml"), "lr: 0.001\nseed: 7\n");
        var outcome = Train("--experiment", $"https://me:{Password}@hub", "--config-yaml", "settings.yml", "--lr", "0.002");
        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        Assert.Contains("1 lines of the recorded patch", outcome.Error, StringComparison.Ordinal);

        var provenance = Registered();
        Assert.True(provenance.GetProperty("dirty").GetBoolean());
        var environment = provenance.GetProperty("environment");
        Assert.Equal(("false", "https://me:***@hub/***"), (environment.GetProperty("OMP_DYNAMIC").GetString(), environment.GetProperty("TORCH_HOME").GetString()));
        var origins = provenance.GetProperty("origins");
        Assert.Equal(("command line", "settings.yml", false), (origins.GetProperty("lr").GetString(), origins.GetProperty("seed").GetString(), origins.TryGetProperty("opt", out _)));
        Assert.All(["libtorch", "libtorch instructions", "MKL", "OpenMP"], l => Assert.NotEmpty(provenance.GetProperty("libraries").GetProperty(l).GetString()!));

        await using var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? itra.Home : null).BuildServiceProvider();
        await using var stored = await services.GetRequiredService<IArtifactStore>().OpenAsync(
            provenance.GetProperty("patch").GetProperty("sha256").GetString()!, TestContext.Current.CancellationToken);
        var patch = await new StreamReader(stored).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\n-echo one\n+echo two\n+curl -H 'X: ***' https://me:***@hub\n", patch, StringComparison.Ordinal);

        // The experiment's name is what was asked for and no secret of the environment's; everything else that is kept must be free of them.
        var kept = itra.Run("events", "one", "--json").Output.Replace($"\"experiment\":\"https://me:{Password}@hub\"", "", StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, kept, StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(Path.Combine(itra.Home, "artifacts"), "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(Secret, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_clean_tree_has_no_patch_and_its_untracked_files_are_noted_in_the_log_alone()
    {
        File.WriteAllText(Path.Combine(work, "draft.py"), "");
        var outcome = Train();
        Assert.Equal((ExitCode.Done, ""), (outcome.ExitCode, outcome.Error));
        var provenance = Registered();
        Assert.Equal((false, false), (provenance.GetProperty("dirty").GetBoolean(), provenance.TryGetProperty("patch", out _)));
        Assert.Contains("1 files here are not in git", File.ReadAllText(Path.Combine(work, "logs", "small", "one", "out.log")), StringComparison.Ordinal);
    }
}
