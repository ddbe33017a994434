using Itra.Domain;
using Itra.Tracking.Postgres;

namespace Itra.Tracking.Backup;

/// <summary><c>pg_dump</c> and <c>pg_restore</c> of the private cluster's own version, through its socket: no address or password is needed, and none is passed.</summary>
internal sealed class DumpTools(EmbeddedCluster cluster, Func<string, string?> environment)
{
    private readonly ClusterFolder folder = cluster.Folder ?? throw new ArgumentException("there is no cluster yet", nameof(cluster));

    public int Major => folder.Major;

    /// <param name="snapshot">Exported by an open transaction.</param>
    public void Dump(string snapshot, string file)
    {
        File.Delete(file);
        Run("pg_dump", "--format=custom", "--compress=1", "--no-owner", "--no-privileges", $"--schema={TrackingSchema.Name}", $"--snapshot={snapshot}", $"--file={file}");
    }

    /// <summary>All of it or nothing.</summary>
    public void Restore(string file) => Run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", file);

    private void Run(string program, params IReadOnlyList<string> arguments)
    {
        var path = PostgresBinaries.Find(environment, Major)[program];
        if (!File.Exists(path)) throw new UserErrorException($"{path} is missing: type 'sudo apt-get install -y postgresql-client-{Major}', or set ITRA_PG_BIN to a folder that holds it");
        try
        {
            ServerAccount.Ours.Run(path, ["--host", folder.Socket, "--username", "itra", "--no-password", "--dbname", "itra", .. arguments]);
        }
        catch (ToolFailedException e)
        {
            throw new UserErrorException($"{program} failed ({e.Output.ReplaceLineEndings(" ")}): 'itra doctor' looks for the cause", e);
        }
    }
}
