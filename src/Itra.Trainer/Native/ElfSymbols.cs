using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Itra.Trainer.Native;

/// <summary>The dynamic symbols of a shared library (ELF, 64 bits, little endian), read from the file without loading it.</summary>
internal sealed class ElfSymbols
{
    private const int EntrySize = 24, SectionSize = 64, WeakBinding = 2, FirstNamedVersion = 2;
    private const uint DynamicSymbols = 11, SymbolVersions = 0x6fffffff;

    private readonly byte[] entries, names, versions;

    /// <exception cref="InvalidDataException">The file is no such library.</exception>
    public ElfSymbols(string path)
    {
        using var file = File.OpenHandle(path);
        var header = Read(file, 0, 64);
        if (!header.AsSpan().StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1])) throw new InvalidDataException($"{path} is no 64-bit ELF library");
        long start = BitConverter.ToInt64(header, 0x28);
        int size = BitConverter.ToUInt16(header, 0x3A), count = BitConverter.ToUInt16(header, 0x3C);
        if (size != SectionSize) throw new InvalidDataException($"{path} has no table of sections");
        var table = Read(file, start, size * count);
        byte[] Section(int number) => Read(file, BitConverter.ToInt64(table, number * size + 0x18), BitConverter.ToInt64(table, number * size + 0x20));
        int Find(uint kind) => Enumerable.Range(0, count).Where(i => BitConverter.ToUInt32(table, i * size + 4) == kind).FirstOrDefault(-1);

        var symbols = Find(DynamicSymbols);
        if (symbols < 0) throw new InvalidDataException($"{path} exports nothing");
        entries = Section(symbols);
        names = Section((int)BitConverter.ToUInt32(table, symbols * size + 0x28));
        versions = Find(SymbolVersions) is >= 0 and var at ? Section(at) : [];
    }

    /// <summary>What it must find in other libraries, those of the system apart, whose symbols carry versions.</summary>
    public HashSet<string> Needed => [.. Symbols().Where(s => !s.IsDefined && !s.IsWeak && !s.IsVersioned).Select(s => Name(s.Entry))];

    /// <summary>What others may use of it.</summary>
    public IEnumerable<string> Exported => Symbols().Where(s => s.IsDefined).Select(s => Name(s.Entry));

    private IEnumerable<(int Entry, bool IsDefined, bool IsWeak, bool IsVersioned)> Symbols()
    {
        for (var i = 1; i < entries.Length / EntrySize; i++)
        {
            var entry = i * EntrySize;
            yield return (entry, BitConverter.ToUInt16(entries, entry + 6) != 0, entries[entry + 4] >> 4 == WeakBinding,
                2 * i + 2 <= versions.Length && (BitConverter.ToUInt16(versions, 2 * i) & 0x7fff) >= FirstNamedVersion);
        }
    }

    private string Name(int entry)
    {
        var start = (int)BitConverter.ToUInt32(entries, entry);
        return Encoding.ASCII.GetString(names, start, names.AsSpan(start).IndexOf((byte)0));
    }

    private static byte[] Read(SafeFileHandle file, long offset, long count)
    {
        if (count < 0 || offset < 0 || offset + count > RandomAccess.GetLength(file)) throw new InvalidDataException("a library's table lies outside of its file");
        var bytes = new byte[count];
        for (var done = 0; done < bytes.Length;)
            done += RandomAccess.Read(file, bytes.AsSpan(done), offset + done) is > 0 and var read ? read : throw new InvalidDataException("a library became shorter while it was read");
        return bytes;
    }
}
