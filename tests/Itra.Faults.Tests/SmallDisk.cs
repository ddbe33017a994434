using Itra.Tracking.Postgres;

namespace Itra.Faults.Tests;

/// <summary>A disk of its own that fills up when it is asked to. Root alone can mount one; elsewhere the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string filler;

    /// <param name="folder">Where it is mounted; made if it does not exist.</param>
    public SmallDisk(string folder, int megabytes)
    {
        Folder = Directory.CreateDirectory(folder, (UnixFileMode)0b111_101_101).FullName;
        filler = Path.Combine(Folder, "filler");
        Assert.SkipUnless(Environment.IsPrivilegedProcess && CanMount(megabytes), "a small disk can be mounted by root only");
    }

    public string Folder { get; }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var piece = 1 << 20; piece > 0;)
        {
            try
            {
                file.Write(new byte[piece]);
            }
            catch (IOException)
            {
                piece /= 2;
            }
        }
    }

    public void Free() => File.Delete(filler);

    public void MakeReadOnly() => ServerAccount.Ours.Run("mount", "-o", "remount,ro", Folder);

    public void MakeWritable() => ServerAccount.Ours.Run("mount", "-o", "remount,rw", Folder);

    // Lazily: whoever still holds a file there is being ended.
    public void Dispose() => ServerAccount.Ours.Run("umount", "-l", Folder);

    private bool CanMount(int megabytes)
    {
        try
        {
            ServerAccount.Ours.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=755", "itra-faults", Folder);
            return true;
        }
        catch (ToolFailedException)
        {
            return false;
        }
    }
}
