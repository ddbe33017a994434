using Itra.Domain;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Postgres;

/// <summary>The private database, its socket and the key that signs seals are nobody's business but their owner's.</summary>
public sealed class ClosedClusterTests : IAsyncLifetime
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly TestHome home = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => home.DisposeAsync();

    [Fact]
    public async Task Another_user_of_this_machine_gets_no_connection_where_its_owner_gets_one()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can take another user's part: run the tests as root to see this one");
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        var folder = home.Cluster.Folder!;
        var psql = PostgresBinaries.Find(Environment.GetEnvironmentVariable, folder.Major)["psql"];
        string[] ask = [psql, "--no-psqlrc", "-h", folder.Socket, "-U", "itra", "-d", "itra", "-Atc", "select 1"];
        Assert.Equal("1", ServerAccount.Ours.Run(ask[0], ask[1..]).Trim());

        string[] nobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];
        var refused = Assert.Throws<ToolFailedException>(() => ServerAccount.Ours.Run("setpriv", [.. nobody, .. ask]));
        Assert.Contains("Permission denied", refused.Output, StringComparison.Ordinal);
        foreach (var file in new[] { folder.Data, folder.Log, Path.Combine(folder.Data, "pg_hba.conf"), Path.Combine(folder.Socket, ".s.PGSQL.5432") })
        {
            Assert.True(Path.Exists(file));
            Assert.Throws<ToolFailedException>(() => ServerAccount.Ours.Run("setpriv", [.. nobody, "stat", file]));
        }
        // The folder that all of it stands in is no secret, so that it is not this which kept them out.
        Assert.Contains("home", ServerAccount.Ours.Run("setpriv", [.. nobody, "ls", home.Folder]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_rules_let_in_whoever_reaches_the_socket_and_nobody_over_a_network()
    {
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        var folder = home.Cluster.Folder!;
        var rules = File.ReadLines(Path.Combine(folder.Data, "pg_hba.conf")).Select(l => l.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 0).ToList();
        Assert.Contains(rules, words => words[0] == "local");
        Assert.All(rules, words => Assert.Equal(words[0] == "local" ? "trust" : "reject", words[^1]));
        Assert.DoesNotContain(File.ReadLines(Path.Combine(folder.Data, "postgresql.auto.conf")), l => !l.StartsWith('#'));

        foreach (var place in new[] { folder.Path, folder.Data, folder.Socket }) Assert.Equal(OwnerOnly, File.GetUnixFileMode(place));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(folder.Socket, ".s.PGSQL.5432")));
    }

    [Fact]
    public async Task A_home_that_Itra_makes_is_closed_and_so_is_the_key_in_it()
    {
        await using var database = new TrackingDatabase(new EmbeddedAddress(home.Home), Environment.GetEnvironmentVariable);
        await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        Assert.NotNull(await new Ledger(database, home.Home, TimeProvider.System).SealAsync(CancellationToken.None));
        var passing = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Assert.Equal(Environment.IsPrivilegedProcess ? OwnerOnly | passing : OwnerOnly, File.GetUnixFileMode(home.Home));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.Combine(home.Home, "keys")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(home.Home, "keys", "ledger.pem")));
    }

    [Fact]
    public async Task A_socket_folder_that_somebody_has_laid_out_as_a_link_is_refused()
    {
        var deep = new EmbeddedCluster(Path.Combine(home.Home, new string('d', 60), new string('e', 60)), Environment.GetEnvironmentVariable);
        await deep.EnsureRunningAsync(CancellationToken.None);
        var socket = deep.Folder!.Socket;
        await deep.StopAsync(CancellationToken.None);
        Directory.Delete(socket, recursive: true);
        var trap = Directory.CreateDirectory(Path.Combine(home.Folder, "trap"), (UnixFileMode)0b111_101_101).FullName;
        Directory.CreateSymbolicLink(socket, trap);
        try
        {
            var refused = await Assert.ThrowsAsync<UserErrorException>(() => deep.EnsureRunningAsync(CancellationToken.None));
            Assert.Contains($"{socket}, where the database's socket is to be, is a symbolic link", refused.Message, StringComparison.Ordinal);
            Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(trap));
            Assert.Empty(Directory.GetFileSystemEntries(trap));
        }
        finally
        {
            Directory.Delete(socket);
        }
    }
}
