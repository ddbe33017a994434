using System.Security.Cryptography;
using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Backup;

/// <summary>A file of ITRA_HOME in a backup.</summary>
/// <param name="Path">Relative to ITRA_HOME, with <c>/</c>.</param>
/// <param name="Sha256">Name of its content in the backup; null for a file that is only listed.</param>
public sealed record BackupFile(string Path, long Bytes, string? Sha256);

/// <summary>What a backup holds: one state of the database, and the files that it refers to.</summary>
/// <param name="Format">Of this file.</param>
/// <param name="Store">The cluster's system identifier: a folder holds backups of one store.</param>
/// <param name="Schema">Version of the tables.</param>
/// <param name="PostgresMajor">Of the server and of the <c>pg_dump</c> that wrote <paramref name="Database"/>.</param>
/// <param name="LastSealHash">Of the last seal in that state; null if nothing was sealed.</param>
/// <param name="Database">The dump, in pg_dump's custom format.</param>
public sealed record BackupManifest(
    int Format, DateTimeOffset At, string Store, int Schema, string Marten, int PostgresMajor, long Events, long Streams, long? LastSeal, string? LastSealHash, Artifact Database,
    IReadOnlyList<BackupFile> Files)
{
    public const int CurrentFormat = 1;

    internal const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Form = new(EventJson.Options) { WriteIndented = true };

    /// <summary>Names of all contents.</summary>
    internal IEnumerable<string> Contents => Files.Select(f => f.Sha256).OfType<string>().Append(Database.Sha256);

    /// <exception cref="UserErrorException">There is no backup, or it cannot be read.</exception>
    internal static BackupManifest Read(string folder)
    {
        var file = System.IO.Path.Combine(folder, FileName);
        try
        {
            using var content = JsonDocument.Parse(File.ReadAllText(file));
            if (content.RootElement.GetProperty("format").GetInt32() is var format && format > CurrentFormat)
                throw new UserErrorException($"{folder} was written by a newer Itra (format {format}; this one knows {CurrentFormat}): update this program");
            return content.Deserialize<BackupManifest>(EventJson.Options) is { } manifest && manifest.IsWellFormed ? manifest : throw new JsonException("a field is missing or malformed");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"there is no backup in {folder}: name the folder that 'itra backup' was given", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UserErrorException($"{file} is damaged ({e.Message.ReplaceLineEndings(" ")}): restore from another backup", e);
        }
    }

    /// <summary>Tells one backup from another.</summary>
    internal static string DigestIn(string folder) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(System.IO.Path.Combine(folder, FileName))));

    /// <summary>The backup is this one from the moment on in which this returns; until then it is the one before.</summary>
    internal void Write(string folder)
    {
        var draft = System.IO.Path.Combine(folder, FileName + ".new");
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, Form);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, System.IO.Path.Combine(folder, FileName), overwrite: true);
        Artifacts.Durable.Directory(folder);
    }

    // The file may come from anywhere, and its paths become paths here.
    private bool IsWellFormed => Store is not null && Database is not null && Files is not null && Files.All(f => f?.Path is not null && IsPlace(f.Path)) && Contents.All(IsDigest);

    private static bool IsPlace(string path) =>
        path.Split('/') is [var first, _, ..] parts && HomeFiles.Folders.Contains(first) && parts.All(part => part is not ("" or "." or "..") && !part.Contains('\0'));

    private static bool IsDigest(string text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigitLower);
}
