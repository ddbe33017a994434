using System.Diagnostics;
using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>One process at a time makes, starts or stops a cluster. The kernel lets go of the lock when its holder dies.</summary>
internal static class ClusterLock
{
    private const int NoSpaceLeft = 28, ReadOnlyFileSystem = 30; // ENOSPC, EROFS

    public static async Task<IDisposable> TakeAsync(string home, TimeSpan longest, CancellationToken cancellation)
    {
        MakeHome(home);
        var path = Path.Combine(home, "postgres.lock");
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                // On Unix, FileShare.None is an exclusive flock.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException { HResult: NoSpaceLeft or ReadOnlyFileSystem })
            {
                throw new UserErrorException($"{path} cannot be written ({e.Message}): make {home} yours, or set ITRA_HOME to a folder that is", e);
            }
            catch (IOException e) when (waited.Elapsed >= longest)
            {
                throw new UserErrorException($"another process has been starting or stopping the database of {home} for {longest.TotalSeconds:F0} s: see who holds {path}", e);
            }
            catch (IOException) when (Directory.Exists(home))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
            }
        }
    }

    /// <summary>Makes an ITRA_HOME that does not exist, closed to others.</summary>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public static void MakeHome(string home)
    {
        if (Directory.Exists(home)) return;
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        // Root's server runs under another account, which has to pass through, though it need not see what is here.
        var mode = Environment.IsPrivilegedProcess ? ours | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : ours;
        try
        {
            Directory.CreateDirectory(home, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{home} cannot be made ({e.Message}): set ITRA_HOME to a folder that you can write", e);
        }
    }
}
