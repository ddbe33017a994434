using Itra.Domain;
using Itra.Tracking.Postgres;

namespace Itra.Tracking.Tests.Postgres;

/// <summary>Root's home folder is closed to the account that root's server runs under.</summary>
public sealed class RootsClusterTests : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "itra-" + Path.GetRandomFileName()[..8]);
    private readonly List<EmbeddedCluster> started = [];

    private string Home => Path.Combine(folder, "root", ".itra");

    private string SystemFolder => Path.Combine(folder, "lib");

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root hands its server to another account");
        Directory.CreateDirectory(folder, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.GetDirectoryName(Home)!, (UnixFileMode)0b111_000_000);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in started) await cluster.StopAsync(CancellationToken.None);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_cluster_stands_in_a_closed_system_folder_that_a_note_in_ITRA_HOME_names()
    {
        var cluster = await StartAsync();
        Assert.StartsWith(SystemFolder, cluster.Location, StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(cluster.Location!));
        Assert.Contains(cluster.Location!, File.ReadAllText(Path.Combine(Home, "postgres.location")), StringComparison.Ordinal);

        var next = new EmbeddedCluster(Home, Environment.GetEnvironmentVariable, SystemFolder);
        Assert.Equal(cluster.Location, next.Location);
        Assert.Equal(ClusterState.Running, await next.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_new_ITRA_HOME_of_the_same_name_starts_empty_and_leaves_the_old_data_alone()
    {
        var first = await StartAsync();
        Directory.Delete(Home, recursive: true);
        var second = await StartAsync();
        Assert.NotEqual(first.Location, second.Location);
        Assert.True(File.Exists(Path.Combine(first.Location!, "data", "PG_VERSION")));
    }

    [Fact]
    public async Task Data_that_the_note_names_and_that_are_gone_are_not_silently_replaced()
    {
        var cluster = await StartAsync();
        await cluster.StopAsync(CancellationToken.None);
        started.Clear();
        Directory.Delete(cluster.Location!, recursive: true);

        var next = new EmbeddedCluster(Home, Environment.GetEnvironmentVariable, SystemFolder);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => next.EnsureRunningAsync(CancellationToken.None));
        Assert.Contains(cluster.Location!, error.Message, StringComparison.Ordinal);
    }

    private async Task<EmbeddedCluster> StartAsync()
    {
        var cluster = new EmbeddedCluster(Home, Environment.GetEnvironmentVariable, SystemFolder);
        await cluster.EnsureRunningAsync(CancellationToken.None);
        started.Add(cluster);
        return cluster;
    }
}
