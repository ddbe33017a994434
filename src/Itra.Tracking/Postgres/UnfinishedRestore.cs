using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>
/// The mark of a restore that has not come to its end: everything in that ITRA_HOME came from it, and none of it is whole. It names the
/// backup, and is locked for as long as a process restores.
/// </summary>
internal sealed class UnfinishedRestore : IDisposable
{
    private const string FileName = "restore.unfinished";

    private readonly FileStream file;

    private UnfinishedRestore(FileStream file) => this.file = file;

    public static bool IsIn(string home) => File.Exists(Place(home));

    /// <exception cref="UserErrorException">A restore was interrupted there, or is going on.</exception>
    public static void Refuse(string home)
    {
        if (!IsIn(home)) return;
        try
        {
            using var file = new FileStream(Place(home), FileMode.Open, FileAccess.Read, FileShare.Read);
            throw new UserErrorException($"{home} is half restored: finish it with 'itra restore {Read(file).Folder}', or remove that folder");
        }
        catch (FileNotFoundException)
        {
            // It has just come to its end.
        }
        catch (IOException e)
        {
            throw new UserErrorException($"{home} is being restored by another process: wait until that has ended", e);
        }
    }

    /// <summary>Begins a restore, or takes up one of the same backup.</summary>
    /// <param name="folder">The backup's.</param>
    /// <param name="digest">Of its manifest.</param>
    /// <exception cref="UserErrorException">Another process is at it, or it was begun with another backup.</exception>
    public static UnfinishedRestore Begin(string home, string folder, string digest)
    {
        ClusterLock.MakeHome(home);
        FileStream file;
        try
        {
            file = new FileStream(Place(home), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Place(home)} cannot be written ({e.Message}): wait for the restore that is at work, or make {home} yours", e);
        }
        // Empty if whoever began was stopped before anything was restored.
        if (Read(file).Digest is { Length: > 0 } begun && begun != digest)
        {
            file.Dispose();
            throw new UserErrorException($"{home} is half restored from another backup, or from an earlier one in that folder: remove {home}, and restore anew");
        }
        file.SetLength(0);
        using (var writing = new StreamWriter(file, leaveOpen: true)) writing.Write($"{folder}\n{digest}\n");
        file.Flush(flushToDisk: true);
        return new UnfinishedRestore(file);
    }

    /// <summary>All is there.</summary>
    public void End() => File.Delete(file.Name);

    public void Dispose() => file.Dispose();

    private static string Place(string home) => Path.Combine(home, FileName);

    private static (string Folder, string Digest) Read(FileStream file)
    {
        using var reading = new StreamReader(file, leaveOpen: true);
        return reading.ReadToEnd().Split('\n') is [var folder, var digest, ..] ? (folder, digest) : ("FROM", "");
    }
}
