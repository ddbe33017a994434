using Itra.Tracking.Postgres;
using Itra.Tracking.Tests.Postgres;
using Npgsql;

[assembly: AssemblyFixture(typeof(TestServer))]

namespace Itra.Tracking.Tests.Postgres;

/// <summary>A real PostgreSQL for the whole test assembly, with databases that share nothing.</summary>
public sealed class TestServer : IAsyncLifetime
{
    private readonly TestHome home = new();
    private int databases;

    public async ValueTask InitializeAsync()
    {
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        // Nothing here has to outlive a power cut, and a hundred databases take their time to reach a disk.
        await ExecuteAsync("alter system set fsync = off");
        await ExecuteAsync("select pg_reload_conf()");
    }

    public async Task<TrackingDatabase> NewDatabaseAsync()
    {
        var name = $"t{Interlocked.Increment(ref databases)}";
        await ExecuteAsync($"create database {name}");
        var settings = new NpgsqlConnectionStringBuilder(home.Cluster.ConnectionString) { Database = name };
        return new TrackingDatabase(new ServerAddress(settings.ConnectionString), Environment.GetEnvironmentVariable);
    }

    public ValueTask DisposeAsync() => home.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(home.Cluster.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
