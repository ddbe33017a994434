using System.Security.Cryptography;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Audit;

public sealed class LedgerTests(TestServer server) : IAsyncLifetime
{
    private readonly string home = Directory.CreateTempSubdirectory("itra-ledger-").FullName;
    private TrackingDatabase database = null!;
    private MartenRunJournal journal = null!;

    private Ledger Ledger => new(database, home, TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        database = await server.NewDatabaseAsync();
        journal = new MartenRunJournal(database, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_seal_names_the_one_before_and_holds_only_what_moved()
    {
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        await journal.RecordAllAsync("run-b", [RecordedRuns.Register("run-b"), RecordedRuns.Start()]);
        var first = await SealAsync();
        await journal.RecordAllAsync("run-a", [RecordedRuns.Start()]);
        var second = await SealAsync();

        Assert.Equal((1, "", 2, 3), (first!.Number, first.Previous, first.Streams, first.Events));
        Assert.Equal((2, first.Hash, 2, 4), (second!.Number, second.Previous, second.Streams, second.Events));
        Assert.NotEqual(first.Root, second.Root);
        Assert.Equal(second, await Ledger.LastAsync(CancellationToken.None));
        Assert.Equal(["1 run-a 1", "1 run-b 2", "2 run-a 2"],
            await database.QueryAsync($"select seal, stream_id, version from {LedgerTables.Leaves} order by 1, 2", r => $"{r.GetInt64(0)} {r.GetString(1)} {r.GetInt64(2)}", CancellationToken.None));
    }

    [Fact]
    public async Task Without_anything_new_there_is_no_new_seal()
    {
        Assert.Null(await SealAsync());
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        Assert.NotNull(await SealAsync());
        Assert.Null(await SealAsync());
    }

    [Fact]
    public async Task A_seal_is_signed_with_the_key_of_this_home_which_only_its_owner_reads()
    {
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        var seal = (await SealAsync())!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(home, "keys", "ledger.pem")));
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(home, "keys", "ledger.pub.pem")));
        Assert.Equal(seal.Key, Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo())));
        Assert.True(LedgerKeys.IsSignedBy(seal, key));
        foreach (var changed in (Seal[])[seal with { Number = 2 }, seal with { Events = 2 }, seal with { Streams = 2 }, seal with { At = seal.At.AddMicroseconds(1) }, seal with { Root = seal.Previous + new string('0', 64) }, seal with { Signature = "00" }])
        {
            Assert.False(LedgerKeys.IsSignedBy(changed, key));
            Assert.NotEqual(seal.Hash, changed.Hash);
        }
        await journal.RecordAllAsync("run-a", [RecordedRuns.Start()]);
        Assert.Equal(seal.Key, (await SealAsync())!.Key);
    }

    [Fact]
    public async Task Each_seal_is_also_a_file_outside_of_the_database()
    {
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        var seal = (await SealAsync())!;
        Assert.Equal(seal, SealFolder.Read(Assert.Single(Ledger.Folder.Files())));
    }

    [Fact]
    public async Task A_home_with_seals_of_another_store_is_not_written_over()
    {
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        var seal = (await SealAsync())!;
        foreach (var table in (string[])[LedgerTables.Seals, LedgerTables.Leaves]) await database.QueryAsync($"delete from {table}", _ => 0, CancellationToken.None);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Start()]);
        var error = await Assert.ThrowsAsync<UserErrorException>(SealAsync);
        Assert.Contains("seal 000001", error.Message, StringComparison.Ordinal);
        Assert.Equal(seal, SealFolder.Read(Assert.Single(Ledger.Folder.Files())));
        Assert.Null(await Ledger.LastAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Many_may_seal_while_others_record()
    {
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start()]);
        var recording = Task.Run(async () =>
        {
            for (var step = 0; step < 60; step++) await journal.RecordAsync("run-a", new LogMetrics(MetricChunk.OfStep(step, ("loss", step))) { At = RecordedRuns.Noon }, CancellationToken.None);
        }, CancellationToken.None);
        var sealing = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++) await SealAsync();
        }, CancellationToken.None));
        await Task.WhenAll([recording, .. sealing]);
        await SealAsync();

        var seals = await database.QueryAsync($"select {Seal.Columns} from {LedgerTables.Seals} order by number", Seal.Read, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, seals.Count).Select(i => (long)i), seals.Select(s => s.Number));
        Assert.Equal(seals.SkipLast(1).Select(s => s.Hash).Prepend(""), seals.Select(s => s.Previous));
        Assert.Equal(62, seals[^1].Events);
        Assert.Equal(seals.Count, Ledger.Folder.Files().Count());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("""{"number":1,"previous":"","at":"2026-01-01T00:00:00+00:00","streams":1,"events":1,"root":"xy","key":"ab","signature":"00"}""")]
    public void A_file_that_holds_no_seal_is_said_so(string text)
    {
        var file = Path.Combine(home, "x.json");
        File.WriteAllText(file, text);
        Assert.Contains("is not a seal", Assert.Throws<UserErrorException>(() => SealFolder.Read(file)).Message, StringComparison.Ordinal);
    }

    private Task<Seal?> SealAsync() => Ledger.SealAsync(CancellationToken.None);
}
