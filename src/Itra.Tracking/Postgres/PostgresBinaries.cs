using System.Text.RegularExpressions;
using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    public const string DebianFolder = "/usr/lib/postgresql";

    public string this[string program] => Path.Combine(Folder, program);

    /// <summary>
    /// <c>ITRA_PG_BIN</c> alone if it is set, else Debian's folders and those of <c>PATH</c>; among them one of version
    /// <paramref name="major"/>, or the newest if no version is asked for.
    /// </summary>
    /// <exception cref="UserErrorException">There is none, or none of that version.</exception>
    public static PostgresBinaries Find(Func<string, string?> environment, int? major = null, string debianFolder = DebianFolder)
    {
        var all = Folders(environment, debianFolder).Select(Inspect).OfType<PostgresBinaries>().ToArray();
        return (all, major) switch
        {
            ([], _) when environment("ITRA_PG_BIN") is { Length: > 0 } set => throw new UserErrorException(
                $"ITRA_PG_BIN is {set}, but that folder does not hold initdb, pg_ctl and postgres: correct it, or unset it"),
            ([], _) => throw new UserErrorException(
                "PostgreSQL is not installed: type 'sudo apt-get install -y postgresql', or set ITRA_PG_BIN to the folder with initdb and pg_ctl, or ITRA_POSTGRES to a server"),
            (_, null) => all.MaxBy(b => b.Major)!,
            (_, { } wanted) => all.FirstOrDefault(b => b.Major == wanted) ?? throw new UserErrorException(
                $"the private database was made by PostgreSQL {wanted}, but here is only {string.Join(", ", all.Select(b => b.Major).Distinct())}: "
                + $"type 'sudo apt-get install -y postgresql-{wanted}', or set ITRA_PG_BIN to the folder of a PostgreSQL {wanted}"),
        };
    }

    private static IEnumerable<string> Folders(Func<string, string?> environment, string debianFolder)
    {
        if (environment("ITRA_PG_BIN") is { Length: > 0 } set) return [set];
        var debian = Directory.Exists(debianFolder) ? Directory.GetDirectories(debianFolder).Select(d => Path.Combine(d, "bin")) : [];
        return [.. debian, .. (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static PostgresBinaries? Inspect(string folder)
    {
        if (!new[] { "initdb", "pg_ctl", "postgres" }.All(p => File.Exists(Path.Combine(folder, p)))) return null;
        var version = Version().Match(ServerAccount.Ours.Run(Path.Combine(folder, "postgres"), "--version"));
        return version.Success ? new PostgresBinaries(folder, int.Parse(version.Groups[1].Value)) : null;
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex Version();
}
