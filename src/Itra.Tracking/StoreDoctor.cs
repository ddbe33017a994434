using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Postgres;

namespace Itra.Tracking;

/// <summary>Looks at everything that has to be right for recording, and changes nothing.</summary>
public sealed class StoreDoctor(TrackingDatabase database, Func<string, string?> environment)
{
    private const long Gigabyte = 1L << 30;

    /// <summary>All findings, in the order in which a person would look.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellation)
    {
        List<Finding> findings = [];
        if (database.Cluster is { } cluster)
        {
            findings.Add(Look(() => Binaries(cluster)));
            findings.Add(Look(Home));
            findings.Add(Look(DiskSpace));
            findings.Add(await LookAsync(() => StateAsync(cluster, cancellation)));
        }
        if (database.Exists) findings.Add(await LookAsync(() => DatabaseAsync(cancellation)));
        findings.Add(await LookAsync(() => ArtifactsAsync(cancellation)));
        return findings;
    }

    private Finding Binaries(EmbeddedCluster cluster)
    {
        ServerAccount.ForServer();
        var found = PostgresBinaries.Find(environment, cluster.Folder?.Major);
        return new(true, $"PostgreSQL {found.Major} is in {found.Folder}");
    }

    private Finding Home()
    {
        var home = StoreAddress.HomeFolder(environment);
        if (!Directory.Exists(home)) return new(true, $"{home} does not exist yet; the first run makes it");
        return ServerAccount.Ours.CanWorkIn(home) ? new(true, $"{home} can be written")
            : new(false, $"{home} cannot be written", $"sudo chown -R $(id -un) {home}   (or set ITRA_HOME to another folder)");
    }

    private Finding DiskSpace()
    {
        var place = database.Cluster?.Location ?? StoreAddress.HomeFolder(environment);
        while (!Directory.Exists(place)) place = Path.GetDirectoryName(place)!;
        var free = new DriveInfo(place).AvailableFreeSpace;
        var text = $"{free / (double)Gigabyte:F1} GB are free on the disk of {place}";
        return free >= Gigabyte ? new(true, text) : new(false, text, $"free at least 1 GB there: du -xh {place} | sort -h | tail");
    }

    private async Task<Finding> StateAsync(EmbeddedCluster cluster, CancellationToken cancellation)
    {
        database.RefuseHalfRestored();
        return await cluster.StateAsync(cancellation) switch
        {
            ClusterState.Running => new(true, $"the private database in {cluster.Location} runs"),
            ClusterState.Stopped => new(true, $"the private database in {cluster.Location} is stopped; it starts when it is needed"),
            _ => new(true, "there is no database yet; the first run makes it"),
        };
    }

    private async Task<Finding> DatabaseAsync(CancellationToken cancellation)
    {
        if (database.Cluster is { } cluster && await cluster.StateAsync(cancellation) != ClusterState.Running)
            return new(true, "the schema is looked at when the database runs (itra up)");
        await using var connection = await database.OpenAnyAsync(cancellation);
        var server = $"{database.Address.Display} answers (PostgreSQL {connection.PostgreSqlVersion.ToString(2)})";
        return await TrackingSchema.ReadAsync(connection, cancellation) switch
        {
            null => new(true, $"{server} and holds nothing of Itra yet"),
            { Version: > TrackingSchema.Version } newer => new(false, $"{server}, but schema {newer.Version} is newer than this program", "update this program: git pull"),
            { } there => new(true, $"{server}, schema {there.Version}"),
        };
    }

    private async Task<Finding> ArtifactsAsync(CancellationToken cancellation)
    {
        if (S3Settings.Read(environment) is not { } settings) return new(true, $"checkpoints are kept in {TrackingRegistration.ArtifactFolder(environment)}");
        using var store = new MinioArtifactStore(settings);
        await store.ReachAsync(cancellation);
        return new(true, $"checkpoints are kept in {store.Location}, which answers and lets us in");
    }

    private static Finding Look(Func<Finding> check)
    {
        try
        {
            return check();
        }
        catch (UserErrorException e)
        {
            return Wrong(e);
        }
    }

    private static async Task<Finding> LookAsync(Func<Task<Finding>> check)
    {
        try
        {
            return await check();
        }
        catch (UserErrorException e)
        {
            return Wrong(e);
        }
    }

    // Messages for people are "what is wrong: what to do".
    private static Finding Wrong(UserErrorException e) => e.Message.LastIndexOf(": ", StringComparison.Ordinal) switch
    {
        > 0 and var at => new(false, e.Message[..at], e.Message[(at + 2)..]),
        _ => new(false, e.Message, "itra --help"),
    };
}
