using Itra.Domain;
using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>Where events are kept.</summary>
public abstract class StoreAddress
{
    /// <summary>For people; never holds a password.</summary>
    public abstract string Display { get; }

    public sealed override string ToString() => Display;

    /// <summary><c>ITRA_POSTGRES</c> (an Npgsql connection string or a postgres:// URL) if it is set, else a private cluster under <c>ITRA_HOME</c>.</summary>
    /// <param name="environment">Gives an environment variable's value, or null.</param>
    /// <exception cref="UserErrorException">The variable cannot be read as an address.</exception>
    public static StoreAddress Resolve(Func<string, string?> environment) => environment("ITRA_POSTGRES") switch
    {
        { Length: > 0 } text => new ServerAddress(text),
        _ => new EmbeddedAddress(HomeFolder(environment)),
    };

    /// <summary><c>ITRA_HOME</c>, by default <c>~/.itra</c>, as an absolute path.</summary>
    public static string HomeFolder(Func<string, string?> environment) => environment("ITRA_HOME") switch
    {
        { Length: > 0 } home => Path.TrimEndingDirectorySeparator(Path.GetFullPath(home)),
        _ => Path.Combine(environment("HOME") is { Length: > 0 } user ? user : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".itra"),
    };
}

/// <summary>A private cluster that Itra makes, starts and stops by itself.</summary>
public sealed class EmbeddedAddress(string home) : StoreAddress
{
    public string Home => home;

    public override string Display => $"the private database of {home}";
}

/// <summary>A PostgreSQL server that somebody else runs.</summary>
public sealed class ServerAddress : StoreAddress
{
    private readonly NpgsqlConnectionStringBuilder settings;

    public ServerAddress(string text)
    {
        settings = PostgresUrl.IsUrl(text) ? PostgresUrl.Parse(text) : Parse(text);
        if (string.IsNullOrEmpty(settings.Host)) throw new UserErrorException("ITRA_POSTGRES names no host: write Host=...;Database=...;Username=...;Password=... or postgres://user:password@host/database");
        settings.ApplicationName ??= "itra";
    }

    internal string ConnectionString => settings.ConnectionString;

    public override string Display => $"the PostgreSQL server {settings.Host}:{settings.Port}, database {settings.Database ?? settings.Username}";

    private static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text may hold a password, and the inner message may repeat the text: neither is shown.
            throw new UserErrorException("ITRA_POSTGRES is neither a connection string (such as Host=localhost;Database=itra;Username=itra) nor a postgres:// URL");
        }
    }
}
