using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Portable;

/// <summary>What the tests of a class share, as a database is dear: a store with a run that none of them changes, and one that stays empty.</summary>
public sealed class PortableStore(TestServer server) : IAsyncLifetime
{
    internal PortableRuns Recorded { get; private set; } = null!;

    internal PortableRuns Empty { get; private set; } = null!;

    public async ValueTask InitializeAsync() => (Recorded, Empty) = (await PortableRuns.RecordAsync(server), await PortableRuns.EmptyAsync(server));

    public async ValueTask DisposeAsync()
    {
        await Recorded.DisposeAsync();
        await Empty.DisposeAsync();
    }
}
