using System.Diagnostics;
using Itra.Domain;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Tests.Postgres;

public sealed class EmbeddedClusterTests : IAsyncLifetime
{
    private readonly TestHome home = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => home.DisposeAsync();

    [Fact]
    public async Task Four_that_start_at_once_make_one_cluster()
    {
        var counter = new CountingInitdb(home.Folder);
        EmbeddedCluster[] clusters = [.. Enumerable.Range(0, 4).Select(_ => new EmbeddedCluster(home.Home, counter.Environment))];
        await Task.WhenAll(clusters.Select(c => Task.Run(() => c.EnsureRunningAsync(CancellationToken.None), CancellationToken.None)));

        Assert.Equal(1, counter.Count);
        foreach (var cluster in clusters) Assert.Equal(ClusterState.Running, await cluster.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task It_starts_again_where_it_was_stopped()
    {
        Assert.Equal(ClusterState.Absent, await home.Cluster.StateAsync(CancellationToken.None));
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        await ExecuteAsync("create table t (i int); insert into t values (7)");

        Assert.True(await home.Cluster.StopAsync(CancellationToken.None));
        Assert.Equal(ClusterState.Stopped, await home.Cluster.StateAsync(CancellationToken.None));
        Assert.False(await home.Cluster.StopAsync(CancellationToken.None));

        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        Assert.Equal(7, await ExecuteAsync("select i from t"));
    }

    [Fact]
    public async Task Nobody_but_its_owner_can_enter_and_it_has_no_port()
    {
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(ownerOnly, File.GetUnixFileMode(home.Cluster.Location!));
        Assert.Equal(ownerOnly, File.GetUnixFileMode(home.Cluster.Folder!.Data));
        Assert.Equal("", await ExecuteAsync("show listen_addresses"));
        Assert.Equal("on", await ExecuteAsync("show fsync"));
    }

    [Fact]
    public async Task A_killed_server_comes_back_with_every_row_that_it_acknowledged()
    {
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        await ExecuteAsync("create table t (i int primary key)");
        var acknowledged = 0;
        var writing = Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(home.Cluster.ConnectionString);
            await connection.OpenAsync(CancellationToken.None);
            while (true)
            {
                await using var command = new NpgsqlCommand($"insert into t values ({acknowledged + 1})", connection);
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                Interlocked.Increment(ref acknowledged);
            }
        }, CancellationToken.None);
        while (Volatile.Read(ref acknowledged) < 100) await Task.Delay(5, CancellationToken.None);
        using (var server = Process.GetProcessById(ServerProcessId())) server.Kill();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => writing);

        await home.Cluster.EnsureRunningAsync(CancellationToken.None);

        // The one on its way may have been stored without being acknowledged.
        var stored = Convert.ToInt32(await ExecuteAsync("select count(*) from t where i = any (select generate_series(1, (select max(i) from t)))"));
        Assert.InRange(stored, acknowledged, acknowledged + 1);
    }

    [Fact]
    public async Task A_folder_too_deep_for_a_socket_gets_its_socket_elsewhere()
    {
        var deep = new EmbeddedCluster(Path.Combine(home.Home, new string('d', 60), new string('e', 60)), Environment.GetEnvironmentVariable);
        await deep.EnsureRunningAsync(CancellationToken.None);
        try
        {
            Assert.DoesNotContain(home.Home, deep.Folder!.Socket, StringComparison.Ordinal);
            Assert.Equal(ClusterState.Running, await deep.StateAsync(CancellationToken.None));
        }
        finally
        {
            await deep.StopAsync(CancellationToken.None);
            Directory.Delete(deep.Folder!.Socket, recursive: true);
        }
    }

    [Fact]
    public async Task Data_of_another_major_version_are_named_with_what_to_install()
    {
        var data = Path.Combine(home.Home, "postgres", "data");
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "PG_VERSION"), "9\n");
        var error = await Assert.ThrowsAsync<UserErrorException>(() => home.Cluster.EnsureRunningAsync(CancellationToken.None));
        Assert.Contains("made by PostgreSQL 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install -y postgresql-9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_process_killed_during_initdb_left_is_in_nobodys_way()
    {
        var draft = Path.Combine(home.Home, "postgres", "data.new");
        Directory.CreateDirectory(draft);
        File.WriteAllText(Path.Combine(draft, "PG_VERSION"), "15\n");
        Assert.False(home.Cluster.Exists);
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        Assert.Equal(ClusterState.Running, await home.Cluster.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task What_an_initdb_that_outlived_its_process_still_writes_is_in_nobodys_way()
    {
        var draft = Path.Combine(home.Home, "postgres", "data.new-abc");
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    Directory.CreateDirectory(Path.Combine(draft, $"{i % 50}"));
                }
                catch (IOException)
                {
                    // Its folder went between two system calls. initdb would give up; this goes on, which is worse.
                }
            }
        }, CancellationToken.None);
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        await stop.CancelAsync();
        await writing;
        Assert.Equal(ClusterState.Running, await home.Cluster.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_somebody_else_is_just_starting_is_waited_for()
    {
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        await home.Cluster.StopAsync(CancellationToken.None);
        var folder = home.Cluster.Folder!;
        var binaries = PostgresBinaries.Find(Environment.GetEnvironmentVariable, folder.Major);
        // As a start goes on that was asked for by a process which is no more: without the lock.
        var started = Task.Run(() => ServerAccount.ForServer().Run(binaries["pg_ctl"], "-D", folder.Data, "-l", folder.Log, "-s", "-w", "-t", "60", "start"), CancellationToken.None);
        for (var waited = Stopwatch.StartNew(); !File.Exists(folder.PidFile) && waited.Elapsed < TimeSpan.FromSeconds(20);) await Task.Delay(1, CancellationToken.None);
        var since = Stopwatch.StartNew();
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), $"it took {since.Elapsed}");
        Assert.Equal(ClusterState.Running, await home.Cluster.StateAsync(CancellationToken.None));
        await started;
    }

    private int ServerProcessId() => int.Parse(File.ReadLines(home.Cluster.Folder!.PidFile).First());

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(home.Cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(CancellationToken.None);
    }
}
