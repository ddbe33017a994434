using Itra.Domain;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Tests.Postgres;

public class StoreAddressTests
{
    private static StoreAddress Resolve(string? postgres = null, string? home = null) =>
        StoreAddress.Resolve(name => name switch { "ITRA_POSTGRES" => postgres, "ITRA_HOME" => home, "HOME" => "/home/ada", _ => null });

    [Fact]
    public void Without_settings_it_is_a_private_cluster_below_the_home_folder() =>
        Assert.Equal("/home/ada/.itra", Assert.IsType<EmbeddedAddress>(Resolve()).Home);

    [Fact]
    public void ITRA_HOME_moves_the_private_cluster() =>
        Assert.Equal("/data/itra", Assert.IsType<EmbeddedAddress>(Resolve(home: "/data/itra/")).Home);

    [Theory]
    [InlineData("Host=db.example.org;Port=5433;Database=runs;Username=ada;Password=s3cr3t,/:")]
    [InlineData("postgres://ada:s3cr3t%2C%2F%3A@db.example.org:5433/runs")]
    [InlineData("postgresql://ada:s3cr3t%2C%2F%3A@db.example.org:5433/runs?sslmode=verify-full&application_name=x")]
    public void A_server_is_named_as_connection_string_or_URL_and_shown_without_password(string text)
    {
        var address = Assert.IsType<ServerAddress>(Resolve(text));
        var settings = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        Assert.Equal(("db.example.org", 5433, "runs", "ada", "s3cr3t,/:"), (settings.Host, settings.Port, settings.Database, settings.Username, settings.Password));
        Assert.Equal("the PostgreSQL server db.example.org:5433, database runs", address.ToString());
    }

    [Fact]
    public void The_URLs_settings_are_taken_over() =>
        Assert.Equal(SslMode.VerifyFull, new NpgsqlConnectionStringBuilder(Assert.IsType<ServerAddress>(Resolve("postgres://h/d?sslmode=verify-full")).ConnectionString).SslMode);

    [Theory]
    [InlineData("s3cr3t")]
    [InlineData("Host=h;Pasword=s3cr3t")]
    [InlineData("Database=d;Password=s3cr3t")]
    [InlineData("postgres://ada:s3cr3t@h:notaport/d")]
    [InlineData("postgres://ada:s3cr3t@h/d?colour=blue")]
    public void What_cannot_be_read_is_refused_without_repeating_it(string text)
    {
        var error = Assert.Throws<UserErrorException>(() => Resolve(text));
        Assert.Contains("ITRA_POSTGRES", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error.ToString(), StringComparison.Ordinal);
    }
}

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-bin-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_newest_is_taken_unless_a_version_is_asked_for()
    {
        foreach (var major in (int[])[9, 15, 16]) Fake(major);
        Assert.Equal(16, PostgresBinaries.Find(_ => null, null, folder).Major);
        Assert.Equal(15, PostgresBinaries.Find(_ => null, 15, folder).Major);
    }

    [Fact]
    public void ITRA_PG_BIN_is_taken_alone()
    {
        Fake(15);
        Fake(16);
        Assert.Equal(15, PostgresBinaries.Find(name => name == "ITRA_PG_BIN" ? Path.Combine(folder, "15", "bin") : null, null, folder).Major);
    }

    [Fact]
    public void Without_PostgreSQL_the_error_says_what_to_type()
    {
        Assert.Contains("apt-get install -y postgresql", Assert.Throws<UserErrorException>(() => PostgresBinaries.Find(_ => null, null, folder)).Message, StringComparison.Ordinal);
        Assert.Contains("ITRA_PG_BIN is /nowhere", Assert.Throws<UserErrorException>(() => PostgresBinaries.Find(n => n == "ITRA_PG_BIN" ? "/nowhere" : null, null, folder)).Message, StringComparison.Ordinal);
    }

    private void Fake(int major)
    {
        var bin = Directory.CreateDirectory(Path.Combine(folder, $"{major}", "bin")).FullName;
        foreach (var program in (string[])["initdb", "pg_ctl", "postgres"])
        {
            File.WriteAllText(Path.Combine(bin, program), $"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.3'\n");
            File.SetUnixFileMode(Path.Combine(bin, program), (UnixFileMode)0b111_101_101);
        }
    }
}
