using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Portable;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Portable;

public sealed class RoundTripTests(PortableStore store, TestServer server) : IClassFixture<PortableStore>, IAsyncLifetime
{
    private readonly PortableRuns here = store.Recorded;
    private PortableRuns there = null!;

    public async ValueTask InitializeAsync() => there = await PortableRuns.EmptyAsync(server);

    public ValueTask DisposeAsync() => there.DisposeAsync();

    [Fact]
    public async Task An_imported_run_has_the_rows_of_the_recorded_one()
    {
        await here.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        var imported = await there.ImportAsync(here.At("a.jsonl"));
        Assert.Equal((PortableRuns.Id, true, 26L), (imported.RunId, imported.IsNew, imported.MetricValues));
        var rows = await here.RowsAsync();
        Assert.NotEmpty(rows);
        Assert.Equal(rows, await there.RowsAsync());
    }

    [Fact]
    public async Task Exported_again_it_is_the_same_to_the_byte()
    {
        var clock = new Frozen();
        await here.ExportAsync(ExportFormat.Jsonl, "a.jsonl", clock: clock);
        await there.ImportAsync(here.At("a.jsonl"));
        await there.ExportAsync(ExportFormat.Jsonl, "b.jsonl", clock: clock);
        Assert.Equal(await File.ReadAllBytesAsync(here.At("a.jsonl"), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(there.At("b.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_reads_as_the_recorded_one_does_and_goes_on()
    {
        await here.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        await there.ImportAsync(here.At("a.jsonl"));
        var (one, other) = (new RunReader(here.Database), new RunReader(there.Database));
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(Json(await one.FindRunAsync("run-a", cancellation)), Json(await other.FindRunAsync("run-a", cancellation)));
        Assert.Equal(await one.ReadEventsAsync("run-a", cancellation), await other.ReadEventsAsync("run-a", cancellation));
        var curves = new MetricCurves(there.Database);
        Assert.Equal(8, (await curves.ReadAsync("run-a", "training/loss-align", cancellation)).Values.Count);
        Assert.Equal(3, await curves.VerifyAsync("run-a", cancellation));

        await using var journal = new MartenRunJournal(there.Database, TimeProvider.System);
        var command = new RecordWiseFt(0.25, "w1", "w2", 2, new Dictionary<string, string> { ["a"] = "d5" }, new Dictionary<string, double> { ["m"] = 1 }, null, 1) { At = RecordedRuns.Noon.AddHours(5) };
        Assert.Single(await journal.RecordAsync("run-a", command, cancellation));
        await there.ExportAsync(ExportFormat.Jsonl, "longer.jsonl");
    }

    [Theory]
    [InlineData(ExportFormat.Jsonl, "a.zip")]
    [InlineData(ExportFormat.RoCrate, "a.crate.zip")]
    [InlineData(ExportFormat.RoCrate, "crate/")]
    public async Task Stored_files_come_with_it(ExportFormat format, string name)
    {
        var exported = await here.ExportAsync(format, name, withBlobs: true);
        Assert.Equal(1, exported.Blobs);
        var imported = await there.ImportAsync(here.At(name));
        Assert.Equal((1, 0), (imported.BlobsStored, imported.MissingBlobs.Count));
        using var blob = new MemoryStream();
        await using (var stored = await there.Artifacts.OpenAsync(here.CheckpointSha256, TestContext.Current.CancellationToken)) await stored.CopyToAsync(blob, TestContext.Current.CancellationToken);
        Assert.Equal(here.Checkpoint, blob.ToArray());
    }

    [Fact]
    public async Task A_second_import_changes_nothing_but_brings_files_that_were_missing()
    {
        await here.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        await here.ExportAsync(ExportFormat.Jsonl, "a.zip", withBlobs: true);
        Assert.Equal([here.CheckpointSha256], (await there.ImportAsync(here.At("a.jsonl"))).MissingBlobs);
        var rows = await there.RowsAsync();
        var second = await there.ImportAsync(here.At("a.zip"));
        Assert.Equal((false, 1, 0), (second.IsNew, second.BlobsStored, second.MissingBlobs.Count));
        Assert.Equal((false, 0), ((await there.ImportAsync(here.At("a.zip"))).IsNew, 0));
        Assert.Equal(rows, await there.RowsAsync());
    }

    [Fact]
    public async Task A_run_that_is_there_in_another_state_is_refused_with_the_reason()
    {
        await using var here = await PortableRuns.RecordAsync(server);
        var end = (await here.ExportAsync(ExportFormat.Jsonl, "short.jsonl")).Events;
        await there.ImportAsync(here.At("short.jsonl"));
        foreach (var (runs, alpha) in new[] { (here, 0.25), (there, 0.75) })
        {
            await using var journal = new MartenRunJournal(runs.Database, TimeProvider.System);
            await journal.RecordAsync("run-a", new RecordWiseFt(alpha, "w1", "w2", 2, new Dictionary<string, string>(), new Dictionary<string, double>(), null, 1) { At = RecordedRuns.Noon.AddHours(5) }, CancellationToken.None);
        }
        Assert.Contains($"goes on: it ends with event {end + 1}, the file with event {end}", await RefusalAsync(here.At("short.jsonl")), StringComparison.Ordinal);
        await here.ExportAsync(ExportFormat.Jsonl, "other.jsonl");
        Assert.Contains($"is another from event {end + 1} on", await RefusalAsync(here.At("other.jsonl")), StringComparison.Ordinal);

        await using var third = await PortableRuns.EmptyAsync(server);
        await third.ImportAsync(here.At("short.jsonl"));
        var refused = await Assert.ThrowsAsync<UserErrorException>(() => third.ImportAsync(here.At("other.jsonl")));
        Assert.Contains($"is shorter: it ends with event {end}, the file with event {end + 1}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_imports_at_once_make_one_run()
    {
        await here.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => there.ImportAsync(here.At("a.jsonl")))));
        Assert.Single(both, i => i.IsNew);
        Assert.Equal(await here.RowsAsync(), await there.RowsAsync());
    }

    private static string Json(RunSummary run) => JsonSerializer.Serialize(run, EventJson.Options);

    private async Task<string> RefusalAsync(string path) => (await Assert.ThrowsAsync<UserErrorException>(() => there.ImportAsync(path))).Message;

    private sealed class Frozen : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => RecordedRuns.Noon;
    }
}
