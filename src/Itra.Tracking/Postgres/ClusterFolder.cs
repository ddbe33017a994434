using System.Security.Cryptography;
using System.Text;
using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>
/// Where a cluster stands. Normally below ITRA_HOME; but root's home folder is closed to the account that PostgreSQL runs under,
/// so that root's cluster then stands in a system folder of its own, closed to everybody else, and a note in ITRA_HOME names it.
/// </summary>
internal sealed record ClusterFolder(string Path)
{
    public const string SystemFolder = "/var/lib/itra";

    // A socket's address holds 107 bytes, of which its file name takes 15.
    private const int LongestSocketFolder = 90;

    public string Data => System.IO.Path.Combine(Path, "data");

    public string Log => System.IO.Path.Combine(Path, "server.log");

    public string PidFile => System.IO.Path.Combine(Data, "postmaster.pid");

    private string VersionFile => System.IO.Path.Combine(Data, "PG_VERSION");

    public bool HasData => File.Exists(VersionFile);

    /// <summary>PostgreSQL's major version that made the data.</summary>
    public int Major => int.Parse(File.ReadAllText(VersionFile).Trim());

    /// <summary>Folder of the socket: here, unless the path is too long for one.</summary>
    public string Socket
    {
        get
        {
            var here = System.IO.Path.Combine(Path, "s");
            if (Encoding.UTF8.GetByteCount(here) <= LongestSocketFolder) return here;
            var name = "itra-" + ShortHash(Path);
            if (Environment.IsPrivilegedProcess) return System.IO.Path.Combine("/run", name);
            var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            return System.IO.Path.Combine(Directory.Exists(runtime) && runtime.Length < 60 ? runtime : "/tmp", name);
        }
    }

    /// <summary>The folder of <paramref name="home"/>'s cluster, or null if it has none yet.</summary>
    /// <exception cref="UserErrorException">There was one, and it is gone.</exception>
    public static ClusterFolder? Find(string home)
    {
        if (File.Exists(Note(home)))
        {
            var noted = new ClusterFolder(File.ReadLines(Note(home)).First().Trim());
            return noted.HasData ? noted : throw new UserErrorException(
                $"{Note(home)} says that the database is in {noted.Path}, but none is there: bring that folder back, or delete the note to start with an empty one");
        }
        var below = new ClusterFolder(Below(home));
        return below.HasData ? below : null;
    }

    /// <summary>Makes the folder for a new cluster. The caller holds the lock.</summary>
    public static ClusterFolder Choose(string home, ServerAccount account, string systemFolder)
    {
        var below = Below(home);
        Directory.CreateDirectory(below);
        account.Own(below);
        if (account.CanWorkIn(below)) return new ClusterFolder(below);

        Directory.Delete(below);
        // A folder of that name with no note pointing at it belonged to an ITRA_HOME that was deleted. It may hold somebody's
        // only copy of something: it is left alone.
        var name = System.IO.Path.Combine(systemFolder, ShortHash(home));
        var path = Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? name : $"{name}-{i}")
            .First(p => !new ClusterFolder(p).HasData);
        Directory.CreateDirectory(path);
        account.Own(path);
        return new ClusterFolder(path);
    }

    /// <summary>Leaves a note in <paramref name="home"/> if the cluster does not stand below it.</summary>
    public void NoteIn(string home)
    {
        if (Path == Below(home)) return;
        var draft = Note(home) + ".new";
        File.WriteAllText(draft, $"{Path}\nThe database of this folder stands there, because the account 'postgres' cannot enter this one.\n");
        File.Move(draft, Note(home), overwrite: true);
    }

    private static string Below(string home) => System.IO.Path.Combine(home, "postgres");

    private static string Note(string home) => System.IO.Path.Combine(home, "postgres.location");

    private static string ShortHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
}
