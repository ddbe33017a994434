using Itra.Domain;
using Npgsql;

namespace Itra.Tracking.Postgres;

public enum ClusterState { Absent, Stopped, Running }

/// <summary>
/// A PostgreSQL cluster of one's own: reachable through a Unix socket in a folder that only its owner can enter, made and started
/// on demand, safe when several processes do so at once, and after a crash.
/// </summary>
public sealed class EmbeddedCluster
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(90);

    private readonly string home;
    private readonly Func<string, string?> environment;
    private readonly string systemFolder;
    private ClusterFolder? folder;

    /// <param name="home">ITRA_HOME; made if it does not exist.</param>
    /// <param name="environment">Gives an environment variable's value, or null.</param>
    public EmbeddedCluster(string home, Func<string, string?> environment) : this(home, environment, ClusterFolder.SystemFolder) { }

    internal EmbeddedCluster(string home, Func<string, string?> environment, string systemFolder)
    {
        if (!Path.IsPathFullyQualified(home)) throw new ArgumentException($"{home} is not an absolute path", nameof(home));
        (this.home, this.environment, this.systemFolder) = (home, environment, systemFolder);
    }

    /// <summary>The ITRA_HOME that it belongs to.</summary>
    public string Home => home;

    /// <summary>False until the first event is recorded: looking makes no cluster.</summary>
    public bool Exists => Folder is not null;

    /// <summary>Folder of the data, the socket and the server's log; null before there is a cluster.</summary>
    public string? Location => Folder?.Path;

    /// <summary>What one types to ask it in SQL; null before there is a cluster.</summary>
    public string? Psql => Folder is { } there ? $"psql -h {there.Socket} -U itra itra" : null;

    internal ClusterFolder? Folder => folder ??= ClusterFolder.Find(home);

    internal string ConnectionString => ConnectionStringOf(Folder ?? throw new InvalidOperationException("there is no cluster yet"));

    public async Task<ClusterState> StateAsync(CancellationToken cancellation) =>
        Folder is not { } there ? ClusterState.Absent
        : await IsAnsweringAsync(there, cancellation) ? ClusterState.Running : ClusterState.Stopped;

    /// <summary>Makes the cluster if there is none, starts it if it does not run, and returns when it answers.</summary>
    /// <exception cref="UserErrorException">It cannot be made or started; the message says why.</exception>
    public async Task EnsureRunningAsync(CancellationToken cancellation)
    {
        if (Folder is { } there && await IsAnsweringAsync(there, cancellation)) return;

        using var held = await ClusterLock.TakeAsync(home, LongestStart, cancellation);
        // Whoever held the lock before us may have done it all.
        if (Folder is { } by && await IsAnsweringAsync(by, cancellation)) return;

        var account = ServerAccount.ForServer();
        var binaries = PostgresBinaries.Find(environment, Folder?.Major);
        if (Folder is null)
        {
            var chosen = ClusterFolder.Choose(home, account, systemFolder);
            ClusterProcess.Create(chosen, binaries, account);
            chosen.NoteIn(home);
            folder = chosen;
        }
        await ClusterProcess.StartAsync(folder!, binaries, account, LongestStart, () => IsAnsweringAsync(folder!, cancellation), cancellation);
    }

    /// <summary>Stops the server after the transactions it is in; others can no longer connect.</summary>
    /// <returns>False if it did not run.</returns>
    public async Task<bool> StopAsync(CancellationToken cancellation)
    {
        if (Folder is not { } there) return false;
        using var held = await ClusterLock.TakeAsync(home, LongestStart, cancellation);
        if (!ClusterProcess.IsAlive(there)) return false;
        ClusterProcess.Stop(there, PostgresBinaries.Find(environment, there.Major), ServerAccount.ForServer());
        return true;
    }

    private static string ConnectionStringOf(ClusterFolder folder) =>
        new NpgsqlConnectionStringBuilder { Host = folder.Socket, Username = "itra", Database = "itra", Timeout = 5, ApplicationName = "itra" }.ConnectionString;

    private static async Task<bool> IsAnsweringAsync(ClusterFolder folder, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(folder.Socket, ".s.PGSQL.5432"))) return false;
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionStringOf(folder) + ";Pooling=false");
            await connection.OpenAsync(cancellation);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
