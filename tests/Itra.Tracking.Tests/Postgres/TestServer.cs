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

    public async ValueTask InitializeAsync() => await home.Cluster.EnsureRunningAsync(CancellationToken.None);

    public async Task<TrackingDatabase> NewDatabaseAsync()
    {
        var name = $"t{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(home.Cluster.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync();
        var settings = new NpgsqlConnectionStringBuilder(home.Cluster.ConnectionString) { Database = name };
        return new TrackingDatabase(new ServerAddress(settings.ConnectionString), Environment.GetEnvironmentVariable);
    }

    public ValueTask DisposeAsync() => home.DisposeAsync();
}
