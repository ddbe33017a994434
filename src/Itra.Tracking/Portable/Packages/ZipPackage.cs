using System.IO.Compression;

namespace Itra.Tracking.Portable.Packages;

internal sealed class ZipPackage(string path, DateTimeOffset at) : IPackage
{
    private readonly ZipArchive archive = new(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16), ZipArchiveMode.Create);

    public async Task<PackedFile> AddAsync(string name, bool compress, Func<Stream, Task> write)
    {
        var entry = archive.CreateEntry(name, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
        entry.LastWriteTime = at;
        await using var content = new MeasuredStream(await entry.OpenAsync());
        await write(content);
        return content.Measured(name);
    }

    public ValueTask DisposeAsync() => archive.DisposeAsync();
}
