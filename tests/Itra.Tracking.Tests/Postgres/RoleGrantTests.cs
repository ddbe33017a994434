using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;
using Npgsql;

namespace Itra.Tracking.Tests.Postgres;

public sealed class RoleGrantTests(TestServer server) : IAsyncLifetime
{
    private const string Role = "app \"of\" itra";
    private readonly string home = Directory.CreateTempSubdirectory("itra-grant-").FullName;
    private TrackingDatabase owner = null!, granted = null!;

    public async ValueTask InitializeAsync()
    {
        owner = await server.NewDatabaseAsync();
        await Migration.RunAsync(owner, CancellationToken.None);
        await ExecuteAsync(owner, """do $$ begin create role "app ""of"" itra" login; exception when duplicate_object then null; end $$""");
        for (var time = 1; time <= 2; time++) await ExecuteAsync(owner, RoleGrant.Sql(Role));
        granted = new TrackingDatabase(
            new ServerAddress(new NpgsqlConnectionStringBuilder(owner.ConnectionString) { Username = Role }.ConnectionString), name => name == "ITRA_AUTO_MIGRATE" ? "no" : null);
    }

    public async ValueTask DisposeAsync()
    {
        await granted.DisposeAsync();
        await owner.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task The_role_records_seals_resumes_folds_reads_and_verifies()
    {
        var ledger = new Ledger(granted, home, TimeProvider.System);
        await using (var journal = new MartenRunJournal(granted, TimeProvider.System))
        {
            await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
            Assert.NotNull(await ledger.SealAsync(CancellationToken.None));
            await journal.RecordAllAsync("run-a", [new FailRun("killed", "ProcessLost") { At = RecordedRuns.Noon }, new ResumeRun("turing", 2, RecordedRuns.Noon, null, 0, 0) { At = RecordedRuns.Noon }]);
        }
        Assert.Equal(2, (await ledger.SealAsync(CancellationToken.None))!.Number);
        Assert.Equal("run-a", (await new RunReader(granted).FindRunAsync("run-a", CancellationToken.None)).Id);
        Assert.Empty((await new ProjectionRebuild(granted).CompareAsync(null, CancellationToken.None)).Differences);
        var report = await new AuditVerification(granted, ledger, null, TimeProvider.System).VerifyAsync(null, null, null, CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.Equal((14L, 2L), (report.Events, report.MetricBlocks));
        Assert.False((await StoreStatus.ReadAsync(granted, CancellationToken.None)).MayChangeEvents);
    }

    [Theory]
    [InlineData("update itra.mt_events set data = '{}'")]
    [InlineData("delete from itra.mt_events")]
    [InlineData("truncate itra.mt_events cascade")]
    [InlineData("delete from itra.mt_streams")]
    [InlineData("update itra.chain_head set hash = '\\x00'")]
    [InlineData("update itra.chain_head set version = 0")]
    [InlineData("insert into itra.chain_head (stream_id, version, hash) values ('x', 1, '\\x00')")]
    [InlineData("delete from itra.chain_head")]
    [InlineData("update itra.metric_chunk set n = 0")]
    [InlineData("delete from itra.metric_chunk")]
    [InlineData("update itra.seal set number = 7")]
    [InlineData("delete from itra.seal_leaf")]
    [InlineData("update itra.itra_schema set version = 9")]
    [InlineData("alter table itra.mt_events disable trigger all")]
    [InlineData("drop table itra.mt_events cascade")]
    public async Task PostgreSQL_refuses_the_role_what_would_change_history(string sql)
    {
        await using (var journal = new MartenRunJournal(owner, TimeProvider.System)) await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(granted, sql));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public void What_cannot_be_a_role_is_refused(string role) => Assert.Throws<UserErrorException>(() => RoleGrant.Sql(role));

    [Fact]
    public void A_role_is_quoted() => Assert.Contains("to \"x\"\"; drop table y; --\";", RoleGrant.Sql("x\"; drop table y; --"), StringComparison.Ordinal);

    private static async Task ExecuteAsync(TrackingDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(sql, CancellationToken.None);
    }
}
