using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Portable;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Portable;

/// <summary>A file made to do harm ends in one clear line, soon, and leaves nothing behind.</summary>
public sealed class HostileFileTests(PortableStore store) : IClassFixture<PortableStore>
{
    private readonly PortableRuns runs = store.Empty;

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("\n", "no header of a run file")]
    [InlineData("{}\n", "no header of a run file")]
    [InlineData("[1,2]\n", "no header of a run file")]
    [InlineData("GIF89a", "cut off")]
    [InlineData("{\"format\":\"itra-run\",\"version\":2}\n", "newer Itra")]
    [InlineData("{\"format\":\"itra-run\",\"version\":\"one\"}\n", "no header of a run file")]
    [InlineData("{\"format\":\"itra-run\",\"version\":1,\"run\":7}\n", "no header of a run file")]
    [InlineData("{\"format\":\"itra-run\",\"version\":1,\"run\":\"run-a\",\"head\":[],\"exported_at\":\"x\",\"itra\":\"1\"}\n", "no header of a run file")]
    [InlineData("PK\u0003\u0004 no archive at all", "is refused")]
    public async Task What_is_no_run_is_refused(string content, string why) => Assert.Contains(why, await RefusalAsync(Encoding.UTF8.GetBytes(content)), StringComparison.Ordinal);

    [Theory]
    [InlineData("../run-a")]
    [InlineData("mt_tombstone")]
    [InlineData("leaderboard-coco")]
    [InlineData("run-a'; drop table itra.mt_events; --")]
    public async Task A_stream_that_is_no_run_is_refused(string id) =>
        Assert.Contains("is no run's id", await RefusalAsync(ForgedFile.OfEvents(id, ("run_registered", Registered()))), StringComparison.Ordinal);

    [Fact]
    public async Task A_run_without_events_is_refused() => Assert.Contains("no event", await RefusalAsync(ForgedFile.OfEvents("run-a")), StringComparison.Ordinal);

    [Theory]
    [InlineData("run_forked", "{}", "newer Itra")]
    [InlineData("run_registered", "{}", "cannot be read")]
    [InlineData("run_registered", "null", "cannot be read")]
    [InlineData("run_completed", "{\"at\": \"2026-01-01T00:00:00+00:00\"}", "does not register")]
    public async Task A_first_event_that_registers_nothing_is_refused(string type, string data, string why) =>
        Assert.Contains(why, await RefusalAsync(ForgedFile.OfEvents("run-a", (type, data))), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"seed\":1", "\"seed\":\"one\"")]
    [InlineData("\"seed\":1", "\"seed\":1e99")]
    [InlineData("\"trainer\":\"clip\"", "\"trainer\":null")]
    [InlineData("\"lr\":\"1e-05\"", "\"lr\":null")]
    [InlineData("\"--lr\"", "null")]
    public async Task An_event_with_values_of_the_wrong_kind_is_refused(string good, string bad)
    {
        Assert.Contains(good, Registered(), StringComparison.Ordinal);
        Assert.Contains("cannot be read", await RefusalAsync(ForgedFile.OfEvents("run-a", ("run_registered", Registered().Replace(good, bad, StringComparison.Ordinal)))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_comes_twice_is_refused() => Assert.Contains(
        "line 2 is neither", await RefusalAsync(ForgedFile.OfEvents("run-a", ("run_registered", Registered().Replace("\"seed\":1", "\"seed\":1,\"seed\":1", StringComparison.Ordinal)))), StringComparison.Ordinal);

    [Theory]
    [InlineData("\\u0000", "PostgreSQL cannot hold")]
    [InlineData("plain", "another form")]
    public async Task What_the_database_would_not_give_back_as_it_was_is_refused(string name, string why) => Assert.Contains(
        why, await RefusalAsync(ForgedFile.OfEvents("run-a", ("run_registered", Registered().Replace("baseline", name, StringComparison.Ordinal)))), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, int.MaxValue, int.MaxValue)]
    [InlineData(0, -1, -1)]
    [InlineData(-5, 1, 1)]
    [InlineData(long.MaxValue, 1, 1)]
    public async Task Absurd_lengths_of_metrics_are_refused(long first, int promised, int told)
    {
        var logged = $$"""{"at":"2026-01-01T00:00:00+00:00","first_step":{{first}},"count":{{promised}},"series":[{"name":"m","last":1,"min":1,"max":1}],"sha256":"00"}""";
        var file = Encoding.UTF8.GetString(ForgedFile.OfEvents("run-a", ("run_registered", Registered()), ("metrics_logged", logged))).TrimEnd('\n').Split('\n');
        var values = $$"""{"metric":"m","attempt":0,"first_step":{{first}},"n":{{told}},"encoding":1,"vals":"{{Convert.ToBase64String(MetricCodec.Encode([1]))}}"}""";
        await RefusalAsync(ForgedFile.Of([.. file[..^1], values, file[^1]]));
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_read_to_its_end()
    {
        await using (var file = File.Create(runs.At("long.jsonl"))) file.SetLength(4L << 30);
        var watch = Stopwatch.StartNew();
        Assert.Contains("more than", await RefusalOfAsync("long.jsonl"), StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData("../../evil.so")]
    [InlineData("/etc/passwd")]
    [InlineData("blobs/../../evil")]
    [InlineData("a\\b")]
    public async Task A_name_that_leads_elsewhere_is_refused(string name) =>
        Assert.Contains("which no export makes", await RefusalOfZipAsync(("run.jsonl", []), (name, [1])), StringComparison.Ordinal);

    [Fact]
    public async Task A_package_must_hold_one_run()
    {
        Assert.Contains("holds no run.jsonl", await RefusalOfZipAsync(("readme.txt", [1])), StringComparison.Ordinal);
        Assert.Contains("twice", await RefusalOfZipAsync(("run.jsonl", [1]), ("run.jsonl", [2])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_files_that_belong_to_nothing_or_are_damaged_are_refused()
    {
        var recorded = store.Recorded;
        await recorded.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        var run = await File.ReadAllBytesAsync(recorded.At("a.jsonl"), TestContext.Current.CancellationToken);
        var blob = "blobs/" + recorded.CheckpointSha256;
        Assert.Contains("no event refers to", await RefusalOfZipAsync(("run.jsonl", run), ("blobs/" + new string('0', 64), [1])), StringComparison.Ordinal);
        Assert.Contains("is damaged", await RefusalOfZipAsync(("run.jsonl", run), (blob, [.. recorded.Checkpoint[..^1], 0])), StringComparison.Ordinal);
        Assert.Contains("is damaged", await RefusalOfZipAsync(("run.jsonl", run), (blob, recorded.Checkpoint[..^1])), StringComparison.Ordinal);
        // A few hundred kilobytes that would unfold to 300 MB: one byte more than was recorded is read.
        Assert.Contains($"{recorded.Checkpoint.Length + 1} bytes of another digest", await RefusalOfZipAsync(("run.jsonl", run), (blob, new byte[300 << 20])), StringComparison.Ordinal);
        Assert.False(await runs.Artifacts.ExistsAsync(recorded.CheckpointSha256, TestContext.Current.CancellationToken));
    }

    private static string Registered() => EventJson.Write(new RunRegistered("run-a", RecordedRuns.Spec(), RecordedRuns.Provenance) { At = RecordedRuns.Noon });

    private async Task<string> RefusalAsync(byte[] content)
    {
        await File.WriteAllBytesAsync(runs.At("hostile.jsonl"), content);
        return await RefusalOfAsync("hostile.jsonl");
    }

    private async Task<string> RefusalOfZipAsync(params IReadOnlyList<(string Name, byte[] Content)> files)
    {
        File.Delete(runs.At("hostile.zip"));
        await using (var zip = await ZipFile.OpenAsync(runs.At("hostile.zip"), ZipArchiveMode.Create))
            foreach (var (name, content) in files)
            {
                await using var entry = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync();
                await entry.WriteAsync(content);
            }
        return await RefusalOfAsync("hostile.zip");
    }

    private async Task<string> RefusalOfAsync(string name)
    {
        var refused = await Assert.ThrowsAsync<UserErrorException>(() => runs.ImportAsync(runs.At(name)));
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Empty(await runs.RowsAsync());
        return refused.Message;
    }
}
