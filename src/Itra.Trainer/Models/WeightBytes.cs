using Itra.Domain;
using Microsoft.Win32.SafeHandles;

namespace Itra.Trainer.Models;

/// <summary>
/// Bounds-checked reads from a file nobody vouches for. Positional reads rather than a memory map: a map dies of SIGBUS when
/// the file shrinks under it, a read fails with a sentence.
/// </summary>
internal sealed class WeightBytes : IDisposable
{
    private readonly SafeFileHandle handle;

    public WeightBytes(string path)
    {
        Path = path;
        try
        {
            handle = File.OpenHandle(path);
            Length = RandomAccess.GetLength(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new UserErrorException($"cannot read weights from {path}: {e.Message}", e);
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <param name="offset">Position in the file.</param>
    /// <param name="destination">Filled completely.</param>
    /// <param name="what">Names what is read, for the error message.</param>
    public void Read(long offset, Span<byte> destination, string what)
    {
        if (offset < 0 || destination.Length > Length - offset) throw Broken($"{what} lies outside the file");
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0) throw Broken("the file became shorter while it was read");
            offset += read;
            destination = destination[read..];
        }
    }

    /// <summary>Reads a part that has to fit in memory: headers, directories, pickles.</summary>
    public byte[] Read(long offset, long count, string what)
    {
        const int Sane = 128 << 20;
        if (count is < 0 or > Sane) throw Broken($"{what} claims {count} bytes");
        if (offset < 0 || count > Length - offset) throw Broken($"{what} lies outside the file");
        var bytes = new byte[count];
        Read(offset, bytes, what);
        return bytes;
    }

    /// <summary>The error of a file that says impossible things.</summary>
    public UserErrorException Broken(string what) =>
        new($"{Path} cannot be used as weights: {what}. Download or save the file again, or name another one.");

    public void Dispose() => handle.Dispose();
}
