using System.Net.Sockets;
using Itra.Tracking.Postgres;

namespace Itra.Faults.Tests;

/// <summary>A PostgreSQL that somebody else runs, behind a network.</summary>
internal sealed class RemoteServer : IAsyncDisposable
{
    private readonly string home;
    private readonly EmbeddedCluster cluster;

    private RemoteServer(string folder)
    {
        home = Directory.CreateDirectory(folder, (UnixFileMode)0b111_101_101).FullName;
        cluster = new EmbeddedCluster(home, Environment.GetEnvironmentVariable);
        Network = new FaultProxy(() => new UnixDomainSocketEndPoint(Path.Combine(cluster.Folder!.Socket, ".s.PGSQL.5432")));
    }

    public FaultProxy Network { get; }

    /// <param name="folder">Of its files; one of its own if not given.</param>
    public static async Task<RemoteServer> StartAsync(string? folder = null)
    {
        var server = new RemoteServer(folder ?? Path.Combine(Path.GetTempPath(), "itra-srv-" + Path.GetRandomFileName()[..8]));
        await server.cluster.EnsureRunningAsync(CancellationToken.None);
        return server;
    }

    /// <summary>A computer whose events go to this server.</summary>
    public Machine NewMachine()
    {
        var machine = new Machine();
        machine.Variables["ITRA_POSTGRES"] = $"Host=127.0.0.1;Port={Network.Port};Database=itra;Username=itra;Timeout=5;Command Timeout=10";
        return machine;
    }

    public void Stop() => cluster.StopAsync(CancellationToken.None).GetAwaiter().GetResult();

    public Task GoOnAsync() => cluster.EnsureRunningAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        await cluster.StopAsync(CancellationToken.None);
        Directory.Delete(home, recursive: true);
    }
}
