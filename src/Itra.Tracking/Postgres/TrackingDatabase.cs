using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>The database that holds the events, and the way to it: starts the private cluster where there is none running.</summary>
public sealed class TrackingDatabase : IAsyncDisposable
{
    private readonly SemaphoreSlim opening = new(1);
    private NpgsqlDataSource? source;
    private bool isKnown;

    public TrackingDatabase(StoreAddress address, Func<string, string?> environment)
    {
        Address = address;
        Cluster = address is EmbeddedAddress embedded ? new EmbeddedCluster(embedded.Home, environment) : null;
        MigratesItself = Cluster is not null || environment("ITRA_AUTO_MIGRATE") is not "no";
    }

    public StoreAddress Address { get; }

    /// <summary>The private cluster; null if somebody else runs the server.</summary>
    public EmbeddedCluster? Cluster { get; }

    /// <summary>False as long as nothing can have been recorded, because there is no cluster.</summary>
    public bool Exists => Cluster is null || Cluster.Exists || UnfinishedRestore.IsIn(Cluster.Home);

    /// <summary>Set by whoever fills it from a backup; everybody else is told that it is not whole yet.</summary>
    internal bool IsBeingRestored { get; set; }

    /// <summary>Whether the schema is brought up to date by whoever writes first. A server's may be left to its owner with <c>ITRA_AUTO_MIGRATE=no</c>.</summary>
    internal bool MigratesItself { get; }

    internal string ConnectionString => Address is ServerAddress server ? server.ConnectionString : Cluster!.ConnectionString;

    /// <summary>Makes sure that there is a server to connect to. Says nothing about a server that somebody else runs.</summary>
    /// <exception cref="Domain.UserErrorException">The private cluster cannot be made or started, or a restore was interrupted in it.</exception>
    public Task EnsureRunningAsync(CancellationToken cancellation)
    {
        RefuseHalfRestored();
        return Cluster?.EnsureRunningAsync(cancellation) ?? Task.CompletedTask;
    }

    internal void RefuseHalfRestored()
    {
        if (Cluster is { } cluster && !IsBeingRestored) UnfinishedRestore.Refuse(cluster.Home);
    }

    /// <summary>A connection for reading, quick to make in a new process; the caller disposes it.</summary>
    /// <exception cref="StoreUnavailableException">The server does not answer or does not let us in.</exception>
    /// <exception cref="Domain.UserErrorException">The store is one of a newer Itra, of which nothing can be said.</exception>
    internal async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = await OpenAnyAsync(cancellation);
        if (isKnown) return connection;
        try
        {
            await TrackingSchema.RefuseNewerAsync(connection, cancellation);
            isKnown = true;
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <see cref="OpenAsync"/>, but also to the store of a newer Itra.</summary>
    internal async Task<NpgsqlConnection> OpenAnyAsync(CancellationToken cancellation)
    {
        try
        {
            var ready = source ?? await SourceAsync(cancellation);
            try
            {
                return await ready.OpenConnectionAsync(cancellation);
            }
            catch (NpgsqlException e) when (Cluster is not null && ConnectionLoss.IsIn(e))
            {
                // Not probed before, because it nearly always runs.
                await EnsureRunningAsync(cancellation);
                return await ready.OpenConnectionAsync(cancellation);
            }
        }
        catch (NpgsqlException e)
        {
            throw Unavailable(e);
        }
    }

    internal StoreUnavailableException Unavailable(Exception cause)
    {
        var advice = Cluster is null ? "start it, or correct ITRA_POSTGRES" : "'itra doctor' looks for the cause";
        return new StoreUnavailableException($"{Address.Display} does not answer ({ConnectionLoss.Reason(cause)}): {advice}", cause);
    }

    public async ValueTask DisposeAsync()
    {
        if (source is not null) await source.DisposeAsync();
        opening.Dispose();
    }

    private async Task<NpgsqlDataSource> SourceAsync(CancellationToken cancellation)
    {
        await opening.WaitAsync(cancellation);
        try
        {
            RefuseHalfRestored();
            if (!Exists) await EnsureRunningAsync(cancellation);
            // Only built-in types are read: asking the server for its others would double the time of a first query.
            return source ??= new NpgsqlSlimDataSourceBuilder(ConnectionString).ConfigureTypeLoading(t => t.EnableTypeLoading(false)).Build();
        }
        finally
        {
            opening.Release();
        }
    }
}
