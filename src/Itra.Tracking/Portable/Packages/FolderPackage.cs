namespace Itra.Tracking.Portable.Packages;

internal sealed class FolderPackage(string path) : IPackage
{
    public async Task<PackedFile> AddAsync(string name, bool compress, Func<Stream, Task> write)
    {
        var file = Path.Combine(path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using var content = new MeasuredStream(new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous));
        await write(content);
        return content.Measured(name);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
