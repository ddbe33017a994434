using Itra.Domain;
using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>libpq's form of an address, <c>postgres://user:password@host:port/database?sslmode=require</c>, which Npgsql does not read.</summary>
internal static class PostgresUrl
{
    public static bool IsUrl(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            throw new UserErrorException("ITRA_POSTGRES looks like a postgres:// URL but is not one; characters such as @ : / in a password are written %40 %3A %2F");

        var settings = new NpgsqlConnectionStringBuilder();
        var user = url.UserInfo.Split(':', 2);
        if (url.Host.Length > 0) settings.Host = url.Host;
        if (url.Port > 0) settings.Port = url.Port;
        if (user[0].Length > 0) settings.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) settings.Password = Uri.UnescapeDataString(user[1]);
        if (url.AbsolutePath.Length > 1) settings.Database = Uri.UnescapeDataString(url.AbsolutePath[1..]);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)) Set(settings, pair.Split('=', 2));
        return settings;
    }

    private static void Set(NpgsqlConnectionStringBuilder settings, string[] pair)
    {
        var (key, value) = (pair[0], pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "");
        try
        {
            settings[Npgsql(key)] = key == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException)
        {
            throw new UserErrorException($"ITRA_POSTGRES: '{key}' is not a setting of a PostgreSQL address, or has a value that it cannot take");
        }
    }

    private static string Npgsql(string key) => key switch
    {
        "sslmode" => "SSL Mode",
        "sslrootcert" => "Root Certificate",
        "sslcert" => "SSL Certificate",
        "sslkey" => "SSL Key",
        "connect_timeout" => "Timeout",
        "application_name" => "Application Name",
        "host" => "Host",
        _ => key,
    };
}
