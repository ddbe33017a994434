using Itra.Tracking.Postgres;

namespace Itra.Tracking.Tests.Postgres;

/// <summary>An ITRA_HOME of its own, removed with its server.</summary>
internal sealed class TestHome : IAsyncDisposable
{
    public TestHome()
    {
        // Readable for all: the server of root's tests runs under another account. Short, because it holds a socket.
        Folder = Path.Combine(Path.GetTempPath(), "itra-" + Path.GetRandomFileName()[..8]);
        Directory.CreateDirectory(Folder, (UnixFileMode)0b111_101_101);
        Cluster = new EmbeddedCluster(Home, Environment.GetEnvironmentVariable);
    }

    public string Folder { get; }

    /// <summary>Does not exist yet.</summary>
    public string Home => Path.Combine(Folder, "home");

    public EmbeddedCluster Cluster { get; }

    public async ValueTask DisposeAsync()
    {
        var cluster = new EmbeddedCluster(Home, Environment.GetEnvironmentVariable);
        await cluster.StopAsync(CancellationToken.None);
        // Elsewhere, if the folder for temporary files is closed to the server's account.
        if (cluster.Location is { } place && Directory.Exists(place)) Directory.Delete(place, recursive: true);
        Directory.Delete(Folder, recursive: true);
    }
}
