using Itra.Tracking.Portable;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Portable;

public sealed class InterruptionTests(PortableStore store, TestServer server) : IClassFixture<PortableStore>
{
    [Theory]
    [InlineData(ExportFormat.Jsonl, "cut.zip")]
    [InlineData(ExportFormat.RoCrate, "cut.crate/")]
    public async Task An_export_that_is_stopped_leaves_nothing(ExportFormat format, string name)
    {
        using var stop = new CancellationTokenSource();
        var request = new ExportRequest(PortableRuns.Id, format, store.Recorded.At(name), WithBlobs: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new RunExport(store.Recorded.Database, store.Recorded.Artifacts, TimeProvider.System).WriteAsync(request, new Stopping(stop), stop.Token));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(store.Recorded.At("")), f => Path.GetFileName(f).StartsWith("cut", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_import_that_is_stopped_stores_no_event_and_is_repeated()
    {
        await store.Recorded.ExportAsync(ExportFormat.Jsonl, "a.zip", withBlobs: true);
        await using var there = await PortableRuns.EmptyAsync(server);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new RunImport(there.Database, there.Artifacts).ReadAsync(store.Recorded.At("a.zip"), new Stopping(stop), stop.Token));
        Assert.Empty(await there.RowsAsync());
        // The file was stored before it was stopped.
        var imported = await there.ImportAsync(store.Recorded.At("a.zip"));
        Assert.Equal((true, 0, 0), (imported.IsNew, imported.BlobsStored, imported.MissingBlobs.Count));
        Assert.Equal(await store.Recorded.RowsAsync(), await there.RowsAsync());
    }

    /// <summary>Somebody who loses patience once the first bytes of a stored file are through.</summary>
    private sealed class Stopping(CancellationTokenSource stop) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => stop.Cancel();
    }
}
