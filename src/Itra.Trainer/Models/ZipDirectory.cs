using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>A file inside a zip archive.</summary>
/// <param name="Offset">Where its bytes start in the archive.</param>
/// <param name="Length">How many there are, unpacked.</param>
/// <param name="Stored">False when they are compressed or encrypted, so that they cannot be read in place.</param>
internal readonly record struct ZipMember(long Offset, long Length, bool Stored);

/// <summary>
/// Where the files of a zip archive lie (PKWARE APPNOTE 4.3, with zip64). Only the directory is read: <c>torch.save</c> stores
/// tensors uncompressed, so they are read from the archive in place, which the class library's reader does not offer.
/// </summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64LocatorSignature = 0x07064b50, End64Signature = 0x06064b50;
    private const uint MemberSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, LocatorLength = 20, LongestComment = ushort.MaxValue;

    /// <exception cref="UserErrorException">The directory contradicts itself or the file.</exception>
    public static IReadOnlyDictionary<string, ZipMember> Read(WeightBytes file)
    {
        var (offset, size, count) = FindDirectory(file);
        var reader = new ByteReader(file, file.Read(offset, size, "the zip directory"), "the zip directory");
        var members = new Dictionary<string, ZipMember>();
        var ranges = new List<(long Start, long End)>();
        for (long i = 0; i < count; i++)
        {
            if (reader.U32() != MemberSignature) throw reader.Broken("has a damaged record");
            reader.Take(4);
            var encrypted = (reader.U16() & 1) != 0;
            var method = reader.U16();
            reader.Take(8);
            long packed = reader.U32(), length = reader.U32();
            int nameLength = reader.U16(), extraLength = reader.U16(), commentLength = reader.U16();
            reader.Take(8);
            long local = reader.U32();
            var name = reader.Text(nameLength);
            ReadZip64(file, reader.Take(extraLength).ToArray(), ref length, ref packed, ref local);
            reader.Take(commentLength);

            if (name.Contains('\\') || name.StartsWith('/') || name.Split('/').Contains(".."))
                throw reader.Broken($"holds a path that leaves the archive: '{name}'");
            var stored = method == 0 && !encrypted;
            if (stored && packed != length) throw reader.Broken($"gives '{name}' two sizes");
            var member = Locate(file, name, local, length, packed, stored);
            if (!members.TryAdd(name, member)) throw reader.Broken($"lists '{name}' twice");
            ranges.Add((local, member.Offset + packed));
        }

        RefuseOverlaps(ranges, reader);
        return members;
    }

    /// <summary>Files that share bytes let a small archive claim to be a large one.</summary>
    private static void RefuseOverlaps(List<(long Start, long End)> ranges, ByteReader reader)
    {
        ranges.Sort();
        for (var i = 1; i < ranges.Count; i++)
            if (ranges[i].Start < ranges[i - 1].End) throw reader.Broken("lists files that overlap");
    }

    private static (long Offset, long Size, long Count) FindDirectory(WeightBytes file)
    {
        var tailLength = Math.Min(file.Length, EndLength + LongestComment);
        var tailStart = file.Length - tailLength;
        var tail = file.Read(tailStart, tailLength, "the end of the archive");
        var end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0) throw file.Broken("the zip archive has no end; it was cut off");

        var reader = new ByteReader(file, tail.AsMemory(end), "the end of the zip archive");
        if (reader.U32() != EndSignature) throw reader.Broken("is damaged");
        reader.Take(6);
        long count = reader.U16(), size = reader.U32(), offset = reader.U32();

        var locatorAt = tailStart + end - LocatorLength;
        if (locatorAt < 0) return (offset, size, count);
        var locator = new ByteReader(file, file.Read(locatorAt, LocatorLength, "the zip64 locator"), "the zip64 locator");
        if (locator.U32() != End64LocatorSignature) return (offset, size, count);
        locator.Take(4);

        var end64 = new ByteReader(file, file.Read(locator.I64(), 56, "the zip64 record"), "the zip64 record");
        if (end64.U32() != End64Signature) throw end64.Broken("is not where the archive says");
        end64.Take(28);
        count = end64.I64();
        size = end64.I64();
        return (end64.I64(), size, count);
    }

    private static void ReadZip64(WeightBytes file, byte[] extra, ref long length, ref long packed, ref long local)
    {
        var fields = new ByteReader(file, extra, "a zip extra field");
        while (!fields.AtEnd)
        {
            int id = fields.U16(), size = fields.U16();
            var field = new ByteReader(file, fields.Take(size).ToArray(), "a zip64 field");
            if (id != 1) continue;
            if (length == uint.MaxValue) length = field.I64();
            if (packed == uint.MaxValue) packed = field.I64();
            if (local == uint.MaxValue) local = field.I64();
        }
    }

    private static ZipMember Locate(WeightBytes file, string name, long local, long length, long packed, bool stored)
    {
        const int Header = 30;
        var reader = new ByteReader(file, file.Read(local, Header, $"the header of '{name}'"), $"the header of '{name}'");
        if (reader.U32() != LocalSignature) throw reader.Broken("is not where the zip directory says");
        reader.Take(22);
        var offset = local + Header + reader.U16() + reader.U16();
        if (length < 0 || packed < 0 || offset > file.Length || packed > file.Length - offset)
            throw file.Broken($"'{name}' lies outside the file");
        return new ZipMember(offset, length, stored);
    }
}
