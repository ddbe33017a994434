using System.IO.Compression;
using Itra.Tracking.Portable.Imports;

namespace Itra.Fuzz.Tests.Portable;

/// <summary>A run in a zip.</summary>
internal sealed class RunPackageParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } = [Zip(CompressionLevel.Fastest), Zip(CompressionLevel.NoCompression)];

    public IReadOnlyList<string> Tokens { get; } =
        ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "PK\x07\x08", "\x01\0\x10\0", "\x01\0\x1c\0", "\xff\xff\xff\xff", "\xff\xff", "run.jsonl", "blobs/", "../", "\x08\0", "\x09\0", "\0\0"];

    public bool Accepts(byte[] input, string path) => RunSamples.Accepts(() => PackedRun.OfZip(new MemoryStream(input)));

    private static byte[] Zip(CompressionLevel level)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var run = zip.CreateEntry("run.jsonl", level).Open()) run.Write(RunSamples.File(RunSamples.Lines));
            using (var blob = zip.CreateEntry("blobs/" + new string('a', 64), CompressionLevel.NoCompression).Open()) blob.Write([1, 2, 3]);
        }
        return stream.ToArray();
    }
}
