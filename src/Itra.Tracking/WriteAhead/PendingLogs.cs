using Itra.Domain;
using Itra.Domain.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>Where logs stand on this machine that the store may not have in full: one note per log, holding its path.</summary>
/// <param name="folder">Made with the first note.</param>
internal sealed class PendingLogs(string folder)
{
    /// <summary>Name of the folder in an ITRA_HOME.</summary>
    public const string Folder = "pending";

    /// <param name="home">ITRA_HOME.</param>
    public static PendingLogs Of(string home) => new(Path.Combine(home, Folder));

    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public void Add(string logPath, Guid logId)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var draft = Path.Combine(folder, $".{logId:N}");
            File.WriteAllText(draft, Path.GetFullPath(logPath));
            File.Move(draft, Path.Combine(folder, $"{logId:N}"), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder} cannot be written ({e.Message.ReplaceLineEndings(" ")}): free some space, make it yours, or set ITRA_HOME to another folder", e);
        }
    }

    public void Remove(Guid logId) => File.Delete(Path.Combine(folder, $"{logId:N}"));

    /// <summary>Paths of logs that are there and that no process writes. Notes of logs that are gone are dropped.</summary>
    public IReadOnlyList<string> Abandoned()
    {
        List<string> found = [];
        foreach (var note in Notes())
        {
            if (PathIn(note) is not { } path) continue;
            if (!File.Exists(path)) File.Delete(note);
            else if (!IsBeingWritten(path)) found.Add(path);
        }
        return found;
    }

    /// <summary>Every event in logs that the store may not have in full, those that are being written included.</summary>
    /// <exception cref="EventLogDamagedException">It is not known what a log holds.</exception>
    public IEnumerable<(string LogPath, string RunId, RunEvent Event)> Events()
    {
        foreach (var note in Notes())
        {
            if (Opened(note) is not { } log) continue;
            using (log)
                foreach (var (record, _) in log.Read(log.FirstRecord, 1)) yield return (log.Path, log.RunId, record.Event);
        }
    }

    /// <summary>Digests of the files that those name.</summary>
    public IReadOnlySet<string> Artifacts() => Events().SelectMany(e => RunArtifacts.Of(e.Event)).Select(a => a.Sha256).ToHashSet();

    /// <summary>Whether there is a log at that place which may not be in the store in full.</summary>
    public bool Holds(string logPath) => File.Exists(logPath) && Notes().Any(note => PathIn(note) == Path.GetFullPath(logPath));

    /// <summary>Whole ones: a draft begins with a dot.</summary>
    private IEnumerable<string> Notes() =>
        Directory.Exists(folder) ? Directory.GetFiles(folder).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal) : [];

    /// <summary>Null if another process has just dropped the note: the log was shipped.</summary>
    private static string? PathIn(string note)
    {
        try
        {
            return File.ReadAllText(note);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Null if the log has been shipped meanwhile, and is gone.</summary>
    private static EventLog? Opened(string note) => PathIn(note) is { } path && File.Exists(path) ? EventLog.Open(path) : null;

    /// <summary>Whether a process has it open for writing.</summary>
    public static bool IsBeingWritten(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
