using System.Diagnostics;
using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>Makes, starts and stops a cluster with PostgreSQL's own programs. Whoever calls holds the lock.</summary>
internal static class ClusterProcess
{
    private const string Settings = "itra.conf";

    public static void Create(ClusterFolder folder, PostgresBinaries binaries, ServerAccount account)
    {
        RemoveDrafts(folder);
        // A name of its own: the initdb of a process that was killed may be writing still.
        var draft = $"{folder.Data}.new-{Path.GetRandomFileName()}";
        Directory.CreateDirectory(draft);
        account.Own(draft);
        try
        {
            account.Run(binaries["initdb"], "-D", draft, "-U", "itra", "-E", "UTF8", "--locale=C.UTF-8",
                "--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions");
            File.AppendAllText(Path.Combine(draft, "postgresql.conf"), $"\ninclude = '{Settings}'\n");
            File.WriteAllText(Path.Combine(draft, Settings), "");
            account.Run("sh", "-c", "echo 'create database itra' | \"$0\" --single -D \"$1\" postgres", binaries["postgres"], draft);
        }
        catch (ToolFailedException e)
        {
            Directory.Delete(draft, recursive: true);
            throw new UserErrorException($"no database could be made in {folder.Path}: {LastLine(e.Output)}", e);
        }
        // From here on there is a cluster; never half of one.
        Directory.Move(draft, folder.Data);
    }

    /// <param name="isAnswering">Whether the server does: a start that outlived whoever asked for it comes to its end by itself.</param>
    public static async Task StartAsync(
        ClusterFolder folder, PostgresBinaries binaries, ServerAccount account, TimeSpan longest, Func<Task<bool>> isAnswering, CancellationToken cancellation)
    {
        MakeSocketFolder(folder.Socket, account);
        WriteSettings(folder);
        for (var waited = Stopwatch.StartNew(); ;)
        {
            if (!IsAlive(folder)) File.Delete(folder.PidFile);
            try
            {
                account.Run(binaries["pg_ctl"], "-D", folder.Data, "-l", folder.Log, "-s", "-w", "-t", "60", "start");
                return;
            }
            catch (ToolFailedException) when (IsHeldByOldProcesses(folder) && waited.Elapsed < longest)
            {
                // Children of a killed server take a moment to notice.
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation);
                if (await isAnswering()) return;
            }
            catch (ToolFailedException e)
            {
                throw new UserErrorException($"the private database in {folder.Path} does not start: {LastLine(LogTail(folder))}; the whole log is {folder.Log}", e);
            }
        }
    }

    public static void Stop(ClusterFolder folder, PostgresBinaries binaries, ServerAccount account)
    {
        try
        {
            account.Run(binaries["pg_ctl"], "-D", folder.Data, "-m", "fast", "-s", "-w", "-t", "60", "stop");
        }
        catch (ToolFailedException e)
        {
            throw new UserErrorException($"the private database in {folder.Path} does not stop: {LastLine(e.Output)}; its log is {folder.Log}", e);
        }
    }

    /// <summary>Whether the process that the pid file names is alive. A killed one can stay as a zombie where nobody reaps it, and then blocks a start.</summary>
    public static bool IsAlive(ClusterFolder folder)
    {
        if (Pid(folder) is not { } pid) return false;
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X') && stat.Contains("postgres", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int? Pid(ClusterFolder folder) =>
        File.Exists(folder.PidFile) && int.TryParse(File.ReadLines(folder.PidFile).FirstOrDefault(), out var pid) ? pid : null;

    /// <summary>Left by processes that were killed here before: they are nobody's data yet.</summary>
    private static void RemoveDrafts(ClusterFolder folder)
    {
        foreach (var draft in Directory.EnumerateDirectories(folder.Path, Path.GetFileName(folder.Data) + ".new*"))
        {
            try
            {
                Directory.Delete(draft, recursive: true);
            }
            catch (IOException)
            {
                // Somebody still writes there, and will end now that its files are gone; what is left takes room and is in nobody's way.
            }
        }
    }

    /// <summary>Its name can be foretold where it stands in /tmp: somebody else may have been there first.</summary>
    private static void MakeSocketFolder(string path, ServerAccount account)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is null)
            {
                Directory.CreateDirectory(path);
                account.Own(path);
                return;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or ToolFailedException)
        {
            throw new UserErrorException($"{path}, where the database's socket is to be, belongs to somebody else ({e.Message.ReplaceLineEndings(" ")}): set ITRA_HOME to a folder with a shorter path", e);
        }
        throw new UserErrorException($"{path}, where the database's socket is to be, is a symbolic link: remove it, or set ITRA_HOME to a folder with a shorter path");
    }

    // Written at every start, because the folder may have moved and this program may have learnt better.
    private static void WriteSettings(ClusterFolder folder) => File.WriteAllText(Path.Combine(folder.Data, Settings), $"""
        listen_addresses = ''
        unix_socket_directories = '{folder.Socket.Replace("'", "''", StringComparison.Ordinal)}'
        unix_socket_permissions = 0700
        max_connections = 200
        shared_buffers = 128MB
        log_timezone = 'UTC'
        timezone = 'UTC'

        """);

    private static bool IsHeldByOldProcesses(ClusterFolder folder)
    {
        var tail = LogTail(folder);
        return tail.Contains("lock file", StringComparison.Ordinal) || tail.Contains("shared memory", StringComparison.Ordinal);
    }

    private static string LogTail(ClusterFolder folder)
    {
        if (!File.Exists(folder.Log)) return "it wrote no log";
        using var log = new FileStream(folder.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Seek(-Math.Min(log.Length, 2000), SeekOrigin.End);
        return new StreamReader(log).ReadToEnd();
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal) || line.Contains("error", StringComparison.OrdinalIgnoreCase))
        ?? text.Trim().Split('\n')[^1];
}
