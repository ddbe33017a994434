using System.Globalization;
using System.Text;
using Itra.Domain.Artifacts;

namespace Itra.Domain.Training;

/// <param name="Name">As the data set names it, the same on every machine.</param>
/// <param name="File">What is in it; null if it was missing.</param>
public sealed record ListedFile(string Name, Artifact? File);

/// <summary>The files of a data set, as <see cref="DatasetFingerprint.Listing"/> keeps them: a line per file, name, size and SHA-256 with tabs between them.</summary>
public sealed record FileListing(IReadOnlyList<ListedFile> Files)
{
    private const string Missing = "missing";

    public static FileListing Read(Stream text)
    {
        using var lines = new StreamReader(text, Encoding.UTF8, leaveOpen: true);
        List<ListedFile> files = [];
        while (lines.ReadLine() is { } line)
        {
            // A name may have tabs of its own: size and digest are the last two.
            var digest = line.LastIndexOf('\t');
            var size = digest > 0 ? line.LastIndexOf('\t', digest - 1) : -1;
            if (size < 0) throw new FormatException($"'{line}' is no line of a listing");
            var sha256 = line[(digest + 1)..];
            files.Add(new ListedFile(line[..size], sha256 == Missing ? null : new Artifact(sha256, long.Parse(line[(size + 1)..digest], CultureInfo.InvariantCulture))));
        }
        return new FileListing(files);
    }

    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach (var file in Files)
            text.Append(file.Name.ReplaceLineEndings(" ")).Append('\t').Append(file.File?.Bytes.ToString(CultureInfo.InvariantCulture)).Append('\t').Append(file.File?.Sha256 ?? Missing).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>What became of these files in <paramref name="now"/>; nothing for those that are as they were.</summary>
    public IReadOnlyList<FileChange> ChangesTo(FileListing now)
    {
        var then = ByName(this);
        var today = ByName(now);
        return
        [
            .. then.Where(f => today.GetValueOrDefault(f.Key) != f.Value)
                .Select(f => new FileChange(f.Key, today.GetValueOrDefault(f.Key) is null ? FileFate.Missing : f.Value is null ? FileFate.New : FileFate.Changed)),
            .. today.Where(f => f.Value is not null && !then.ContainsKey(f.Key)).Select(f => new FileChange(f.Key, FileFate.New)),
        ];
    }

    // Rows of a table may share a picture.
    private static OrderedDictionary<string, Artifact?> ByName(FileListing listing)
    {
        var files = new OrderedDictionary<string, Artifact?>();
        foreach (var file in listing.Files) files.TryAdd(file.Name.ReplaceLineEndings(" "), file.File);
        return files;
    }
}

public enum FileFate { Changed, Missing, New }

/// <summary>A file that is no longer as it was recorded.</summary>
public sealed record FileChange(string Name, FileFate Fate);
