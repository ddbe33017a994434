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
    private const int DiskFull = 28, QuotaExceeded = 122;

    /// <param name="path">The target; replaced if it exists. Its folder is created.</param>
    /// <param name="write">Writes the content from start to end.</param>
    /// <exception cref="UserErrorException">The disk is full, or the place cannot be written; nothing is left behind.</exception>
    public static WrittenFile Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        var scratch = target + ".tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            // One name, so that what a killed process left is overwritten; locked, so that two writers cannot mix.
            using var file = new FileStream(scratch, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
            return Fill(file, write, scratch, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e, path);
        }
    }

    /// <summary>What to tell a person about a file that could not be written.</summary>
    public static UserErrorException Explain(Exception error, string path)
    {
        if (error.HResult is not (DiskFull or QuotaExceeded)) return new UserErrorException($"cannot write {path}: {error.Message}", error);
        var free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        return new UserErrorException($"no space left for {path}: {free / 1e6:0} MB are free there. Free some, or write to another disk.", error);
    }

    private static WrittenFile Fill(FileStream file, Action<Stream> write, string scratch, string target)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var hashing = new HashingStream(file, hash);
            write(hashing);
            file.Flush(flushToDisk: true);
            File.Move(scratch, target, overwrite: true);
            return new WrittenFile(Convert.ToHexStringLower(hash.GetHashAndReset()), hashing.Position);
        }
        catch
        {
            File.Delete(scratch);
            throw;
        }
    }
}
