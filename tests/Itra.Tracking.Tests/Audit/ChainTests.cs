using System.Text;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;
using Marten;
using Npgsql;

namespace Itra.Tracking.Tests.Audit;

public sealed class ChainTests(TestServer server) : IAsyncLifetime
{
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Every_event_that_is_recorded_holds_the_hash_of_the_one_before()
    {
        await using (var journal = new MartenRunJournal(database, TimeProvider.System))
        {
            await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
            await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", "ß 😀 \u0001"));
            await journal.RecordAsync("run-b", new CompleteEpoch(3, 15, double.NaN, 1e-5, 0.1 + 0.2, 1e22) { At = RecordedRuns.Noon.AddTicks(7) }, CancellationToken.None);
        }
        Assert.Equal([("run-a", 12L), ("run-b", 13L)], await AssertChainedAsync());
    }

    [Fact]
    public async Task Writers_that_take_turns_keep_one_chain()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await using var other = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start()]);
        for (var epoch = 1; epoch <= 6; epoch++)
            Assert.Single(await (epoch % 2 == 0 ? journal : other).RecordAsync("run-a", new RecordDataset($"set-{epoch}", new("coco", 1, 1, 1, "d")) { At = RecordedRuns.Noon }, CancellationToken.None));
        Assert.Equal([("run-a", 8L)], await AssertChainedAsync());
    }

    [Fact]
    public async Task Writers_at_the_same_time_keep_one_chain()
    {
        await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start()]);
        await using var store = await TrackingStore.OpenAsync(database, CancellationToken.None);
        var written = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 10; i++)
            {
                await using var session = store.Marten.LightweightSession();
                session.Events.Append("run-a", new EpochCompleted(i, i, 1, 1, 1, 1) { At = RecordedRuns.Noon }, new EpochCompleted(i, i, 2, 1, 1, 1) { At = RecordedRuns.Noon });
                try
                {
                    await session.SaveChangesAsync(CancellationToken.None);
                    Interlocked.Add(ref written, 2);
                }
                catch (Exception e) when (ChainTable.HasMovedOn(e) || e.GetType().Name.Contains("UnexpectedMaxEventId", StringComparison.Ordinal))
                {
                    // The loser of a race stores nothing.
                }
            }
        }));
        Assert.InRange(written, 2, 80);
        Assert.Equal([("run-a", written + 2L)], await AssertChainedAsync());
    }

    [Theory]
    [InlineData("''")]
    [InlineData("'\\x01'")]
    public async Task A_chain_is_moved_on_only_from_where_it_ends(string previous)
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            database.QueryAsync($"select {TrackingSchema.Name}.chain_advance('run-a', {previous}, '\\x02', 1)", _ => 0, CancellationToken.None));
        Assert.True(ChainTable.HasMovedOn(refused));
        Assert.Contains("somebody else has written to run-a", refused.Message, StringComparison.Ordinal);
        Assert.Equal([("run-a", 1L)], await AssertChainedAsync());
    }

    [Fact]
    public async Task A_store_from_before_the_chain_gets_one_and_goes_on()
    {
        await using (var old = DocumentStore.For(o => AsBeforeTheChain(o, database)))
        {
            await old.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
            await using var session = old.LightweightSession();
            foreach (var id in (string[])["run-a", "run-b"])
                session.Events.StartStream(id, new RunRegistered(id, RecordedRuns.Spec(), RecordedRuns.Provenance) { At = RecordedRuns.Noon }, new RunStarted("turing", 1, RecordedRuns.Noon) { At = RecordedRuns.Noon });
            await session.SaveChangesAsync(CancellationToken.None);
            await database.QueryAsync($"""
                create table {TrackingSchema.Name}.itra_schema (one boolean primary key default true check (one), version integer not null, marten text not null);
                insert into {TrackingSchema.Name}.itra_schema (version, marten) values (1, '9')
                """, _ => 0, CancellationToken.None);
        }
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        Assert.Single(await journal.RecordAsync("run-b", new FailRun("x", "y") { At = RecordedRuns.Noon }, CancellationToken.None));
        Assert.Equal([("run-a", 2L), ("run-b", 3L)], await AssertChainedAsync());
    }

    private static void AsBeforeTheChain(StoreOptions options, TrackingDatabase database)
    {
        TrackingRegistration.Configure(options, NpgsqlDataSource.Create(database.ConnectionString), []);
        options.Events.MetadataConfig.HeadersEnabled = false;
        options.Listeners.Clear();
    }

    /// <summary>Recomputes every hash and compares it with what is recorded, in the event and at the end of the chain.</summary>
    private async Task<IReadOnlyList<(string, long)>> AssertChainedAsync()
    {
        var (previous, canonical) = (new Dictionary<string, byte[]>(), new CanonicalJson());
        foreach (var e in await database.QueryAsync(ChainedEvent.Query + " order by stream_id, version", ChainedEvent.Read, CancellationToken.None))
        {
            previous[e.StreamId] = e.HashAfter(previous.GetValueOrDefault(e.StreamId, []), e.Version, canonical);
            Assert.Equal(Convert.ToHexStringLower(previous[e.StreamId]), Encoding.ASCII.GetString(e.Hash!));
        }
        var heads = await database.QueryAsync($"select stream_id, version, hash from {ChainTable.Name} order by 1", r => (Id: r.GetString(0), Version: r.GetInt64(1), Hash: r.GetFieldValue<byte[]>(2)), CancellationToken.None);
        Assert.Equal(previous.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => Convert.ToHexStringLower(p.Value)), heads.Select(h => Convert.ToHexStringLower(h.Hash)));
        return [.. heads.Select(h => (h.Id, h.Version))];
    }
}
