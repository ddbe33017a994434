using System.IO.Compression;
using Itra.Domain;
using Itra.Tracking.Portable.Packages;

namespace Itra.Tracking.Portable.Imports;

/// <summary>A file that somebody gave us: a run, or a package with one in it. Names in it are compared and never followed.</summary>
internal sealed class PackedRun : IDisposable
{
    private const int MostFiles = 100_000;
    private readonly Func<Stream> run;
    private readonly IDisposable? archive;

    private PackedRun(Func<Stream> run, IReadOnlyDictionary<string, Func<Stream>> blobs, IDisposable? archive = null) => (this.run, Blobs, this.archive) = (run, blobs, archive);

    /// <summary>By their digest, as the package has it.</summary>
    public IReadOnlyDictionary<string, Func<Stream>> Blobs { get; }

    public Stream OpenRun() => run();

    /// <exception cref="UserErrorException">There is nothing there.</exception>
    /// <exception cref="FormatException">It is no package of ours.</exception>
    public static PackedRun Open(string path)
    {
        if (Directory.Exists(path)) return OfFolder(path);
        if (!File.Exists(path)) throw new UserErrorException($"there is no file {path}");
        return IsZip(path) ? OfZip(Read(path)) : OfLines(() => Read(path));
    }

    /// <summary>A run alone.</summary>
    public static PackedRun OfLines(Func<Stream> run) => new(run, new Dictionary<string, Func<Stream>>());

    public void Dispose() => archive?.Dispose();

    private static PackedRun OfFolder(string folder)
    {
        var file = Path.Combine(folder, CrateFiles.Run);
        if (!File.Exists(file)) throw new FormatException($"it holds no {CrateFiles.Run}");
        var blobs = Path.Combine(folder, CrateFiles.Blobs);
        return new PackedRun(() => Read(file), Directory.Exists(blobs) ? Directory.EnumerateFiles(blobs).ToDictionary(b => Path.GetFileName(b), b => (Func<Stream>)(() => Read(b))) : []);
    }

    /// <param name="content">Of a zip; closed with the package.</param>
    /// <exception cref="FormatException">It is no package of ours.</exception>
    /// <exception cref="InvalidDataException">It is no zip.</exception>
    public static PackedRun OfZip(Stream content)
    {
        var archive = new ZipArchive(content, ZipArchiveMode.Read);
        try
        {
            if (archive.Entries.Count > MostFiles) throw new FormatException($"it holds more than {MostFiles} files");
            if (archive.Entries.FirstOrDefault(e => IsTrick(e.FullName)) is { } trick) throw new FormatException($"it holds a file named '{trick.FullName}', which no export makes");
            if (archive.Entries.GroupBy(e => e.FullName).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new FormatException($"it holds '{twice.Key}' twice");
            var run = archive.GetEntry(CrateFiles.Run) ?? throw new FormatException($"it holds no {CrateFiles.Run}");
            return new PackedRun(
                run.Open,
                archive.Entries.Where(e => e.FullName.StartsWith(CrateFiles.Blobs, StringComparison.Ordinal) && e.Name.Length > 0)
                    .ToDictionary(e => e.FullName[CrateFiles.Blobs.Length..], e => (Func<Stream>)e.Open),
                archive);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    private static bool IsTrick(string name) => name.StartsWith('/') || name.Contains('\\') || name.Contains('\0') || name.Split('/').Contains("..");

    private static bool IsZip(string path)
    {
        Span<byte> start = stackalloc byte[2];
        using var file = Read(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK"u8);
    }

    private static FileStream Read(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
}
