using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Postgres;

public sealed class MigrationTests(TestServer server) : IAsyncLifetime
{
    // What schema 1 did not have.
    private const string Downgrade = """
        drop table itra.chain_head, itra.seal, itra.seal_leaf, itra.run_spec, itra.score;
        drop function itra.chain_advance;
        alter table itra.metric_chunk drop constraint metric_chunk_pkey, drop column attempt, add primary key (run_id, metric, first_step);
        update itra.mt_events set headers = headers - 'h';
        update itra.itra_schema set version = 1;
        """;

    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_store_of_schema_1_with_events_in_their_first_forms_is_read_folded_and_verified()
    {
        await Migration.RunAsync(database, CancellationToken.None);
        await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await ExecuteAsync(Downgrade);
        string[] types = ["run_registered.1", "run_started", "dataset_fingerprinted.1", "model_initialised", "training_planned", "epoch_completed", "retrieval_evaluated", "checkpoint_saved.1", "run_completed"];
        await InsertAsync("run-0123456789", types);

        Assert.Equal("schema 1 to 2", (await StoreStatus.ReadAsync(database, CancellationToken.None)).Pending);
        Assert.Equal((1, 2), await Migration.RunAsync(database, CancellationToken.None));
        Assert.Equal((2, 2), await Migration.RunAsync(database, CancellationToken.None));

        Assert.Equal(types.Select(t => t.Split('.')[0]), (await new RunReader(database).ReadEventsAsync("run-0123456789", CancellationToken.None)).Select(e => e.Type));
        Assert.Equal(RunStatus.Completed, (await new RunReader(database).FindRunAsync("run-0123456789", CancellationToken.None)).Status);
        await using (var journal = new MartenRunJournal(database, TimeProvider.System)) Assert.Equal(types.Length, (await journal.StateAsync("run-0123456789", CancellationToken.None)).Version);
        var report = await new AuditVerification(database, new Ledger(database, "/nowhere", TimeProvider.System), null, TimeProvider.System).VerifyAsync(null, null, null, CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.Equal((12 + types.Length, 2L), (report.Events, report.Streams));
        var status = await StoreStatus.ReadAsync(database, CancellationToken.None);
        Assert.Equal((null, 2, 0, 2), (status.Pending, status.Runs, status.Behind, status.Streams));
    }

    [Fact]
    public async Task Asked_for_it_makes_what_a_store_of_this_schema_lacks()
    {
        await RecordAsync(database);
        await ExecuteAsync("drop index itra.run_spec_by_kin");
        await RecordAsync(database);
        Assert.Equal("0", await IndexesAsync());
        Assert.Equal((2, 2), await Migration.RunAsync(database, CancellationToken.None));
        Assert.Equal("1", await IndexesAsync());

        async Task<string> IndexesAsync() =>
            Assert.Single(await database.QueryAsync("select count(*)::text from pg_indexes where indexname = 'run_spec_by_kin'", r => r.GetString(0), CancellationToken.None));
    }

    [Fact]
    public async Task Who_leaves_the_schema_to_its_owner_is_told_what_to_run_and_changes_nothing()
    {
        await using var careful = new TrackingDatabase(database.Address, name => name == "ITRA_AUTO_MIGRATE" ? "no" : null);
        await RefusedAsync(RecordAsync(careful), "run 'itra db migrate'");
        Assert.Null((await StoreStatus.ReadAsync(careful, CancellationToken.None)).Schema);

        await Migration.RunAsync(careful, CancellationToken.None);
        await RecordAsync(careful);
        await ExecuteAsync(Downgrade);
        await RefusedAsync(new RunReader(careful).FindRunAsync("run-a", CancellationToken.None), "run 'itra db migrate'");
        Assert.Equal(1, (await StoreStatus.ReadAsync(careful, CancellationToken.None)).Schema);
    }

    [Fact]
    public async Task A_newer_store_is_neither_written_nor_read()
    {
        await RecordAsync(database);
        await ExecuteAsync("update itra.itra_schema set version = 3");
        await using var old = new TrackingDatabase(database.Address, _ => null);
        await RefusedAsync(RecordAsync(old), "newer Itra");
        await RefusedAsync(new RunReader(old).FindRunAsync("run-a", CancellationToken.None), "newer Itra");
        await RefusedAsync(new Ledger(old, "/nowhere", TimeProvider.System).SealAsync(CancellationToken.None), "newer Itra");
        await RefusedAsync(Migration.RunAsync(old, CancellationToken.None), "newer Itra");
        Assert.Equal((3, null), ((await StoreStatus.ReadAsync(old, CancellationToken.None)).Schema, (await StoreStatus.ReadAsync(old, CancellationToken.None)).Pending));
    }

    private static async Task RecordAsync(TrackingDatabase to)
    {
        await using var journal = new MartenRunJournal(to, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
    }

    private async Task InsertAsync(string run, string[] types)
    {
        await ExecuteAsync($"insert into itra.mt_streams (id, version, timestamp, created, tenant_id, is_archived) values ('{run}', {types.Length}, now(), now(), '*DEFAULT*', false)");
        for (var i = 0; i < types.Length; i++)
        {
            using var golden = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Golden", types[i] + ".json"), CancellationToken.None));
            var data = golden.RootElement.GetRawText().Replace("'", "''", StringComparison.Ordinal);
            await ExecuteAsync($"""
                insert into itra.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
                select nextval('itra.mt_events_sequence'), gen_random_uuid(), '{run}', {i + 1}, '{data}', '{types[i].Split('.')[0]}', now(), '*DEFAULT*', '', false
                """);
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await Projections.Statements.ExecuteAsync(connection, sql, CancellationToken.None);
    }

    private static async Task RefusedAsync(Task act, string why) => Assert.Contains(why, (await Assert.ThrowsAnyAsync<UserErrorException>(() => act)).Message, StringComparison.Ordinal);
}
