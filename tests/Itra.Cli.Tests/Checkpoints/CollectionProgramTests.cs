using System.Text.Json;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Tests.Checkpoints;

/// <summary>Deleting with the real program, in a home of its own.</summary>
public sealed class CollectionProgramTests : IAsyncLifetime
{
    private const string Run = "run-0keep00000", Other = "run-1keep00000";
    private const int Epochs = 12;

    private readonly ItraProgram itra = new();
    private readonly List<string> digests = [];

    public async ValueTask InitializeAsync()
    {
        await using var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? itra.Home : null).BuildServiceProvider();
        var (journal, store) = (services.GetRequiredService<MartenRunJournal>(), services.GetRequiredService<IArtifactStore>());
        foreach (var id in new[] { Run, Other })
        {
            var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
            async Task RecordAsync(RunCommand command) => await journal.RecordAsync(id, command with { At = at = at.AddSeconds(1) }, CancellationToken.None);
            await RecordAsync(new RegisterRun(id, new RunSpec("clip", "keep", id, 1, new Dictionary<string, string>()), Provenance));
            await RecordAsync(new StartRun("host", 1, at));
            for (var epoch = 1; epoch <= Epochs; epoch++)
            {
                var file = await store.PutAsync(new MemoryStream([.. Bytes(0, 3200), .. Bytes((id[4] * 100) + epoch, 6800)]), [3200], CancellationToken.None);
                if (id == Run) digests.Add(file.Sha256);
                await RecordAsync(new CompleteEpoch(epoch, epoch * 10, 1, 1e-5, 80, 1));
                await RecordAsync(new SaveCheckpoint(epoch, epoch * 10, $"epoch_{epoch}.pt") { Stored = file, Updates = epoch * 10 });
            }
            await RecordAsync(new CompleteRun());
        }
    }

    public ValueTask DisposeAsync()
    {
        itra.Run("down");
        itra.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void What_goes_is_said_first_and_nothing_goes_without_a_yes()
    {
        var dry = itra.Run("gc", "--keep", "last:2", "--grace", "0", "--dry-run", Run);
        Assert.Equal(0, dry.ExitCode);
        Assert.Equal(Epochs - 2, dry.Output.Split('\n').Count(l => l.EndsWith("\tGOES", StringComparison.Ordinal)));
        Assert.Contains("10 checkpoints to delete; that frees 67.7 KiB", dry.Error, StringComparison.Ordinal);

        var unasked = itra.Run("gc", "--keep", "last:2", "--grace", "0", Run);
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains("say --yes", unasked.Error, StringComparison.Ordinal);
        Assert.Equal(2 * Epochs, Listed().Count(c => c.GetProperty("place").GetString() == "stored"));

        Assert.Equal(0, itra.Run("checkpoints", "pin", $"{Run}@epoch:3", "--reason", "in the paper").ExitCode);
        var done = itra.Run("gc", "--keep", "last:2", "--grace", "0", "--yes", "--json", Run);
        Assert.Equal(0, done.ExitCode);
        using var answer = JsonDocument.Parse(done.Output);
        Assert.Equal((9, 9 * (6800 + 130)), (answer.RootElement.GetProperty("deleted").GetInt32(), answer.RootElement.GetProperty("freed_bytes").GetInt32()));

        var copy = Path.Combine(itra.Home, "epoch_3.pt");
        Assert.Equal(0, itra.Run("checkpoints", "get", $"{Run}@epoch:3", "--to", copy).ExitCode);
        Assert.Equal(10_000, new FileInfo(copy).Length);
        var gone = itra.Run("checkpoints", "get", $"{Run}@epoch:4", "--to", copy + ".2");
        Assert.Equal(2, gone.ExitCode);
        Assert.Contains("was deleted on", gone.Error, StringComparison.Ordinal);
        Assert.Contains("sound", itra.Run("audit", "verify", "--all", "--json").Output, StringComparison.Ordinal);
        Assert.Equal(0, itra.Run("checkpoints", "verify").ExitCode);

        var lost = Path.Combine(itra.Home, "artifacts", digests[2][..2], digests[2][2..] + ".parts");
        File.Delete(lost);
        var verified = itra.Run("checkpoints", "verify", Run);
        Assert.Equal(1, verified.ExitCode);
        Assert.Equal(1, verified.Output.Split('\n').Count(l => l.Contains("\tNO\t", StringComparison.Ordinal)));
    }

    [Fact]
    public void Killed_at_any_moment_it_loses_nothing_and_the_next_one_finishes()
    {
        var moments = new Random(7);
        for (var kill = 0; kill < 6; kill++)
        {
            using var process = itra.Start(new Dictionary<string, string>(), "gc", "--keep", "last:2", "--grace", "0", "--yes", Run);
            var ended = process.WaitForExit(TimeSpan.FromMilliseconds(700 + moments.Next(1500)));
            if (!ended) process.Kill();
            process.WaitForExit();
            var kept = Listed().Where(c => c.GetProperty("place").GetString() is "stored").Select(c => c.GetProperty("sha256").GetString()).ToList();
            Assert.Contains(digests[^1], kept);
            Assert.Contains(digests[^2], kept);
            Assert.DoesNotContain(Listed(), c => c.GetProperty("place").GetString() == "missing");
        }
        Assert.Equal(0, itra.Run("gc", "--keep", "last:2", "--grace", "0", "--yes", Run).ExitCode);
        var audit = itra.Run("audit", "verify", "--all");
        Assert.True(audit.ExitCode == 0, audit.Output + audit.Error);
        Assert.Equal(2 + Epochs, Listed().Count(c => c.GetProperty("place").GetString() == "stored"));
        var bytes = Directory.GetFiles(Path.Combine(itra.Home, "artifacts"), "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Assert.Equal(3200 + ((2 + Epochs) * (6800 + 130)), bytes);
    }

    private List<JsonElement> Listed()
    {
        using var list = JsonDocument.Parse(itra.Run("checkpoints", "ls", "--json").Output);
        return [.. list.RootElement.EnumerateArray().Select(e => e.Clone())];
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static readonly Provenance Provenance = new(null, false, ["itra", "train"], "/home/me", "me", "host", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string>(), "cpu", 2, 2);
}
