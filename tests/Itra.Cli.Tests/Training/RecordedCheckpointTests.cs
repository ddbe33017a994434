using System.Security.Cryptography;
using System.Text.Json;
using Itra.Cli.Demo;
using Itra.Domain.Artifacts;
using Itra.Tracking;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Tests.Training;

/// <summary>What the events say of checkpoints, against the files and the artifact store.</summary>
public sealed class RecordedCheckpointTests : IDisposable
{
    private readonly ItraProgram itra = new();
    private readonly DemoWorld world;

    public RecordedCheckpointTests() => world = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    [Fact]
    public async Task Every_recorded_digest_opens_as_the_file_of_its_epoch_and_what_is_frozen_is_stored_once()
    {
        const int epochs = 4;
        var outcome = itra.Run(
            "train", "--train-data", "mscoco_captions", "--datasets-dir", world.Datasets, "--vocabulary", world.Vocabulary, "--image-model", world.Model, "--text-model", world.Model,
            "--batch-size", "16", "--workers", "1", "--epochs", $"{epochs}", "--lock-text-model", "--lock-image-model", "--lock-image-partial", "!attnpool.c_proj", "--model_ema",
            "--logs", "logs/small", "--name", "one");
        Assert.Equal((ExitCode.Done, ""), (outcome.ExitCode, outcome.Error));

        List<JsonElement> saved = [.. JsonDocument.Parse(itra.Run("events", "one", "--json").Output).RootElement.EnumerateArray()
            .Where(e => e.GetProperty("type").GetString() == "checkpoint_saved").Select(e => e.GetProperty("data"))];
        Assert.Equal(Enumerable.Range(1, epochs), saved.Select(s => s.GetProperty("epoch").GetInt32()));

        await using var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? itra.Home : null).BuildServiceProvider();
        var store = services.GetRequiredService<IArtifactStore>();
        foreach (var checkpoint in saved)
        {
            var digest = checkpoint.GetProperty("artifact").GetProperty("sha256").GetString()!;
            await using var stored = await store.OpenAsync(digest, TestContext.Current.CancellationToken);
            Assert.Equal(digest, Convert.ToHexStringLower(await SHA256.HashDataAsync(stored, TestContext.Current.CancellationToken)));
            await using var file = File.OpenRead(Path.Combine(itra.Home, "logs", "small", "one", "checkpoints", checkpoint.GetProperty("file_name").GetString()!));
            Assert.Equal(digest, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, TestContext.Current.CancellationToken)));
        }

        long ofOne = saved[0].GetProperty("artifact").GetProperty("bytes").GetInt64();
        long kept = new DirectoryInfo(Path.Combine(itra.Home, "artifacts")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Assert.InRange(kept, ofOne, 1.5 * ofOne);
    }
}
