using System.Security.Cryptography;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Audit;

/// <summary>What somebody does to the ledger itself.</summary>
public sealed class LedgerAuditTests(TestServer server) : IAsyncLifetime
{
    private AuditedStore store = null!;

    public async ValueTask InitializeAsync() => store = await AuditedStore.CreateAsync(server);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [InlineData("update itra.seal set events = events + 1 where number = 1", "seal 1 was edited: its signature is not one of what it says")]
    [InlineData("update itra.seal set at = at + interval '1 day' where number = 2", "seal 2 was edited")]
    [InlineData("update itra.seal set root = '\\x00' where number = 1", "seal 1 was edited: a field has not the length")]
    [InlineData("update itra.seal set signature = '\\x3006020101020101' where number = 2", "seal 2 was edited: its signature is not one")]
    [InlineData("delete from itra.seal where number = 1", "seal 1 was removed from the ledger")]
    [InlineData("delete from itra.seal where number = 2", "seal 2 was removed from the ledger: what it covered is still there")]
    [InlineData("update itra.seal set number = 3 - number + 10; update itra.seal set number = number - 10", "seal 1 was edited")]
    [InlineData("update itra.seal_leaf set version = 1 where seal = 1 and stream_id = 'run-a'", "the ends of chains under seal 1 are not those that were sealed")]
    [InlineData("update itra.seal_leaf set hash = '\\x00' where seal = 2 and stream_id = 'run-b'", "the ends of chains under seal 2 are not those that were sealed")]
    [InlineData("delete from itra.seal_leaf where seal = 2", "the ends of chains under seal 2 are not those that were sealed")]
    [InlineData("insert into itra.seal_leaf select 1, 'run-c', 1, hash from itra.seal_leaf where seal = 1 and stream_id = 'run-a'", "the ends of chains under seal 1 are not those that were sealed")]
    [InlineData("delete from itra.seal; delete from itra.seal_leaf", "seal 1, of which")]
    public async Task Whatever_is_done_to_the_ledger_is_found_and_named(string sql, string what)
    {
        await store.ExecuteAsync(sql);
        Assert.Contains((await store.VerifyAsync()).Findings, f => f.Stream is null && f.Kind == Tampering.LedgerRewritten && f.What.Contains(what, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_last_seal_that_is_removed_with_all_its_traces_in_the_database_is_found_by_what_it_sealed_and_by_its_copy()
    {
        await store.ExecuteAsync("delete from itra.seal where number = 2; delete from itra.seal_leaf where seal = 2");
        var findings = (await store.VerifyAsync()).Findings;
        Assert.Contains(findings, f => f.What.StartsWith("seal 2, of which", StringComparison.Ordinal));
        Assert.Contains(findings, f => f is { Stream: "run-a", Version: 13 } && f.What.Contains("was sealed, and no seal has it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ledger_that_is_made_anew_with_the_right_key_is_found_by_the_copies()
    {
        await store.ExecuteAsync("update itra.mt_events set data = jsonb_set(data, '{loss}', '0.01') where stream_id = 'run-a' and version = 7");
        await store.RehashAsync("run-a");
        await store.ExecuteAsync("delete from itra.seal; delete from itra.seal_leaf; update itra.chain_head set sealed = false");
        var copies = Path.Combine(store.Home, "seals");
        Directory.Move(copies, copies + "-kept");
        await store.Ledger.SealAsync(CancellationToken.None);
        foreach (var fresh in store.Ledger.Folder.Files().ToList()) File.Delete(fresh);
        foreach (var kept in Directory.EnumerateFiles(copies + "-kept", "*", SearchOption.AllDirectories)) File.Copy(kept, Path.Combine(store.Ledger.Folder.Location, Path.GetFileName(kept)));

        var findings = (await store.VerifyAsync()).Findings;
        Assert.Contains(findings, f => f.What.Contains("seal 1 in the ledger is not the one that", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.What.Contains("seal 2, of which", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_seal_of_another_key_says_which_file_would_make_it_known()
    {
        using var mine = ECDsa.Create();
        var keys = Path.Combine(store.Home, "keys");
        var colleague = await File.ReadAllTextAsync(Path.Combine(keys, "ledger.pub.pem"), CancellationToken.None);
        Directory.Delete(keys, recursive: true);
        var finding = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(Tampering.UnknownSigner, finding.Kind);
        Assert.Contains($"put their ledger.pub.pem into {keys} as NAME.pub.pem", finding.What, StringComparison.Ordinal);

        Directory.CreateDirectory(keys);
        await File.WriteAllTextAsync(Path.Combine(keys, "ada.pub.pem"), colleague, CancellationToken.None);
        Assert.Empty((await store.VerifyAsync()).Findings);
        // And goes on with a key of its own.
        await store.Ledger.SealAsync(CancellationToken.None);
        Assert.Empty((await store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_seal_that_was_exported_is_held_against_the_ledger()
    {
        var file = Path.Combine(store.Home, "paper.json");
        await SealExport.ToFileAsync((await store.Ledger.LastAsync(CancellationToken.None))!, file, CancellationToken.None);
        Assert.Empty((await store.VerifyAsync(exported: file)).Findings);
        await File.WriteAllTextAsync(file, SealFolder.Text(SealFolder.Read(file) with { Events = 7 }), CancellationToken.None);
        Assert.Contains($"is not the one that {file} is a copy of", Assert.Single((await store.VerifyAsync(exported: file)).Findings).What, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UserErrorException>(() => store.VerifyAsync(exported: file + ".nowhere"));
    }

    [Fact]
    public async Task A_database_that_was_thrown_away_is_found_by_the_copies_of_its_seals()
    {
        await store.ExecuteAsync("drop schema itra cascade");
        var report = await store.VerifyAsync();
        Assert.Equal(0, report.Events);
        Assert.Equal(2, report.Findings.Count);
    }

    [Fact]
    public async Task What_is_recorded_during_a_verification_is_no_finding()
    {
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var recording = Task.Run(async () =>
        {
            for (var step = 0; !stop.IsCancellationRequested; step++)
            {
                await journal.RecordAsync("run-d", RecordedRuns.Register("run-d"), CancellationToken.None);
                await journal.RecordAsync("run-d", RecordedRuns.Start(), CancellationToken.None);
                await journal.RecordAsync("run-d", new LogMetrics(MetricChunk.OfStep(step, ("loss", step))) { At = RecordedRuns.Noon }, CancellationToken.None);
                if (step % 10 == 0) await store.Ledger.SealAsync(CancellationToken.None);
            }
        }, CancellationToken.None);
        for (var i = 0; i < 10; i++) Assert.Empty((await store.VerifyAsync()).Findings);
        await stop.CancelAsync();
        await recording;
        Assert.Empty((await store.VerifyAsync()).Findings);
    }
}
