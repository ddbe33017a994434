using System.Text.Json;
using Itra.Domain;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>Seals as files outside of the database: what somebody who may rewrite all of its tables cannot reach.</summary>
internal sealed class SealFolder(string path)
{
    private static readonly JsonSerializerOptions Form = new(EventJson.Options) { WriteIndented = true };

    public string Location => path;

    /// <summary>Each store has its own: two of them have each a seal 1.</summary>
    public static SealFolder For(StoreAddress address, string home) => new(Path.Combine(home, "seals", address is ServerAddress server ? NameOf(server) : ""));

    public static string FileName(Seal seal) => $"{seal.Number:D6}.json";

    public static string Text(Seal seal) => JsonSerializer.Serialize(seal, Form) + "\n";

    /// <exception cref="UserErrorException">The file is not there, or holds no seal.</exception>
    public static Seal Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Seal>(File.ReadAllText(file), EventJson.Options) is { IsWellFormed: true } seal ? seal : throw new JsonException("a field is missing or malformed");
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{file} is not a seal ({e.Message.ReplaceLineEndings(" ")}): name a file that `itra audit seal --to` wrote", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"there is no seal {file}: name a file that `itra audit seal --to` wrote", e);
        }
    }

    public IEnumerable<string> Files() => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal) : [];

    /// <summary>Never replaces a file: it may be the only proof that there was another seal.</summary>
    public void Write(Seal seal)
    {
        Directory.CreateDirectory(path);
        var (draft, place) = (Path.Combine(path, Path.GetRandomFileName()), Path.Combine(path, FileName(seal)));
        File.WriteAllText(draft, Text(seal));
        try
        {
            File.Move(draft, place, overwrite: false);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static string NameOf(ServerAddress server)
    {
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        var name = $"{settings.Host}-{settings.Port}-{settings.Database ?? settings.Username}";
        return string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-'));
    }
}
