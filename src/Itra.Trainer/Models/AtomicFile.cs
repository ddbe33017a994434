using System.Security.Cryptography;
using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>A file that was written: what it is known by, and its size.</summary>
/// <param name="Sha256">Lower-case hexadecimal digest, computed while writing.</param>
/// <param name="Bytes">Length of the file.</param>
public sealed record WrittenFile(string Sha256, long Bytes);

/// <summary>Writes files that are either there as a whole or not at all: beside the target, synced, then renamed over it.</summary>
internal static class AtomicFile
{
    private const int DiskFull = 28, QuotaExceeded = 122, Locked = 11;
    private const string Extension = ".tmp";

    /// <param name="path">The target; replaced if it exists. Its folder is created.</param>
    /// <param name="write">Writes the content from start to end.</param>
    /// <exception cref="UserErrorException">The disk is full, or the place cannot be written; nothing is left behind.</exception>
    public static WrittenFile Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            DeleteTorsos(Path.GetDirectoryName(target)!, Path.GetFileName(target));
            using var file = Draft(target);
            return Fill(file, write, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, path);
        }
    }

    /// <summary>Deletes what killed processes were writing to files of a folder: gigabytes, and nobody's. What is being written is locked, and stays.</summary>
    /// <param name="pattern">The files' names, * and ? as in a shell.</param>
    public static void DeleteTorsos(string folder, string pattern)
    {
        foreach (var torso in Directory.GetFiles(folder, $"{pattern}.*{Extension}"))
        {
            try
            {
                using (new FileStream(torso, FileMode.Open, FileAccess.Write, FileShare.None)) File.Delete(torso);
            }
            catch (IOException)
            {
                // Its writer lives, or has just put it where it belongs.
            }
        }
    }

    /// <summary>What to tell a person about a file that could not be written.</summary>
    public static UserErrorException Explain(Exception error, string path)
    {
        if (error.HResult is not (DiskFull or QuotaExceeded)) return new UserErrorException($"cannot write {path}: {error.Message}", error);
        var free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        return new UserErrorException($"no space left for {path}: {free / 1e6:0} MB are free there. Free some, or write to another disk.", error);
    }

    /// <summary>A file to write to, locked, under a name of its own: of two processes that write the same file each writes all of it, and the last one to be done wins.</summary>
    private static FileStream Draft(string target)
    {
        while (true)
        {
            try
            {
                var file = new FileStream($"{target}.{Path.GetRandomFileName()}{Extension}", FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
                // Between its making and its locking another process may have taken it for a torso.
                if (File.Exists(file.Name)) return file;
                file.Dispose();
            }
            catch (IOException e) when (e.HResult == Locked)
            {
                // By one that is deleting it.
            }
        }
    }

    private static WrittenFile Fill(FileStream file, Action<Stream> write, string target)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var hashing = new HashingStream(file, hash);
            write(hashing);
            file.Flush(flushToDisk: true);
            File.Move(file.Name, target, overwrite: true);
            return new WrittenFile(Convert.ToHexStringLower(hash.GetHashAndReset()), hashing.Position);
        }
        catch
        {
            File.Delete(file.Name);
            throw;
        }
    }
}
