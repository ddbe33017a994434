using System.Globalization;
using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;

namespace Itra.Tracking.Tests.Audit;

/// <summary>What is asked of a server with object lock.</summary>
public sealed class SealBucketTests
{
    private const string Key = "itra/seals/000007.json", Enabled = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
    private const string Rule = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>";

    private static readonly Seal Seal = new(7, new string('a', 64), new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), 2, 12, new string('b', 64), new string('c', 64), "00");

    [Fact]
    public async Task A_seal_is_locked_for_ten_years_by_the_request_that_puts_it()
    {
        using var server = new LockingServer(Enabled);
        var exported = await PutAsync(server);
        var headers = server.Puts[Key];
        Assert.Equal("GOVERNANCE", headers["x-amz-object-lock-mode"]);
        var until = DateTimeOffset.Parse(headers["x-amz-object-lock-retain-until-date"]!, CultureInfo.InvariantCulture);
        Assert.Equal(new DateTimeOffset(2036, 3, 2, 0, 0, 0, TimeSpan.Zero), until);
        Assert.Equal(until, exported.LockedUntil);
        // Servers take no lock without one.
        Assert.NotNull(headers["Content-MD5"] ?? headers["x-amz-checksum-sha256"]);
        Assert.Equal(SealFolder.Text(Seal), server[Key]);
    }

    [Fact]
    public async Task A_rule_of_the_bucket_decides_where_there_is_one()
    {
        using var server = new LockingServer(Rule);
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), (await PutAsync(server)).LockedUntil);
        Assert.Null(server.Puts[Key]["x-amz-object-lock-mode"]);
    }

    [Fact]
    public async Task Without_object_lock_the_seal_is_put_and_said_not_to_be_locked()
    {
        using var server = new LockingServer(null);
        Assert.Null((await PutAsync(server)).LockedUntil);
        Assert.Null(server.Puts[Key]["x-amz-object-lock-mode"]);
        Assert.Equal(SealFolder.Text(Seal), server[Key]);
    }

    [Fact]
    public async Task A_seal_is_put_once_and_never_in_the_place_of_another()
    {
        using var server = new LockingServer(Enabled);
        await PutAsync(server);
        server.Puts.Clear();
        Assert.NotNull((await PutAsync(server)).LockedUntil);
        Assert.Empty(server.Puts);
        server[Key] = "another";
        Assert.Contains("another seal of that number", (await Assert.ThrowsAsync<UserErrorException>(() => PutAsync(server))).Message, StringComparison.Ordinal);
        Assert.Equal("another", server[Key]);
    }

    private static Task<ExportedSeal> PutAsync(LockingServer server) =>
        new SealBucket(new S3Settings(server.Url, "key", "secret", "itra", "us-east-1"), new SetClock()).PutAsync(Seal, CancellationToken.None);

    private sealed class SetClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    }
}
