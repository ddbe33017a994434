using Itra.Tracking.Audit;
using Itra.Tracking.Portable;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Portable;

public sealed class AuditedImportTests(PortableStore store, TestServer server) : IClassFixture<PortableStore>
{
    [Fact]
    public async Task An_audit_finds_nothing_wrong_with_an_imported_run_before_and_after_it_is_sealed()
    {
        await store.Recorded.ExportAsync(ExportFormat.Jsonl, "a.zip", withBlobs: true);
        await using var there = await PortableRuns.EmptyAsync(server);
        await there.ImportAsync(store.Recorded.At("a.zip"));
        var ledger = new Ledger(there.Database, there.At("home"), TimeProvider.System);
        for (var seals = 0; seals < 2; seals++)
        {
            var report = await new AuditVerification(there.Database, ledger, there.Artifacts, TimeProvider.System).VerifyAsync(null, null, null, TestContext.Current.CancellationToken);
            Assert.Empty(report.Findings);
            Assert.Equal((1, 1, 3), (report.Streams, report.Blobs, report.MetricBlocks));
            await ledger.SealAsync(TestContext.Current.CancellationToken);
        }
    }
}
