using Itra.Tracking.Postgres;
using Marten;
using Marten.Services.Json.Transformations;
using Npgsql;

namespace Itra.Tracking.Runs;

/// <summary>The event store, open for writing.</summary>
internal sealed class TrackingStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource source;

    private TrackingStore(NpgsqlDataSource source, IEnumerable<IEventUpcaster> upcasters)
    {
        this.source = source;
        Marten = DocumentStore.For(options => TrackingRegistration.Configure(options, source, upcasters));
    }

    public DocumentStore Marten { get; }

    /// <summary>Starts the server where it is ours to start, and brings the schema up to date.</summary>
    /// <param name="migrate">Whether somebody asked for that; else it depends on the settings.</param>
    public static async Task<TrackingStore> OpenAsync(TrackingDatabase database, CancellationToken cancellation, IEnumerable<IEventUpcaster>? upcasters = null, bool migrate = false)
    {
        await database.EnsureRunningAsync(cancellation);
        var store = new TrackingStore(NpgsqlDataSource.Create(database.ConnectionString), upcasters ?? TrackingRegistration.Upcasters);
        try
        {
            await TrackingSchema.EnsureAsync(store.Marten, store.source, migrate || database.MigratesItself, asked: migrate, cancellation);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Marten.DisposeAsync();
        await source.DisposeAsync();
    }
}
