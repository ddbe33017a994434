using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests;

public sealed class StoreDoctorTests : IAsyncLifetime
{
    private readonly TestHome home = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => home.DisposeAsync();

    [Fact]
    public async Task A_new_home_is_healthy_and_stays_untouched()
    {
        var findings = await ExamineAsync();
        Assert.All(findings, f => Assert.True(f.Ok, f.What));
        Assert.Contains(findings, f => f.What.Contains("no database yet", StringComparison.Ordinal));
        Assert.False(Directory.Exists(home.Home));
    }

    [Fact]
    public async Task A_running_store_is_healthy_and_named_with_versions()
    {
        await using (var database = new TrackingDatabase(new EmbeddedAddress(home.Home), Environment.GetEnvironmentVariable))
        await using (var journal = new MartenRunJournal(database, TimeProvider.System))
            await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        var findings = await ExamineAsync();
        Assert.All(findings, f => Assert.True(f.Ok, f.What));
        Assert.Contains(findings, f => f.What.Contains($"schema {TrackingSchema.Version}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ITRA_PG_BIN", "/nowhere", "ITRA_PG_BIN is /nowhere", "correct it, or unset it")]
    [InlineData("ITRA_POSTGRES", "Host=127.0.0.1;Port=9;Database=runs;Username=ada", "127.0.0.1:9, database runs does not answer", "correct ITRA_POSTGRES")]
    [InlineData("ITRA_S3_ENDPOINT", "http://127.0.0.1:9", "without credentials", "set ITRA_S3_ACCESS_KEY")]
    public async Task What_is_wrong_comes_with_what_to_do(string variable, string value, string what, string advice)
    {
        var finding = Assert.Single(await ExamineAsync((variable, value)), f => !f.Ok);
        Assert.Contains(what, finding.What, StringComparison.Ordinal);
        Assert.Contains(advice, finding.Advice, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<Finding>> ExamineAsync(params (string Name, string Value)[] settings)
    {
        string? Environment(string name) => settings.FirstOrDefault(s => s.Name == name) is (not null, var value) ? value
            : name switch { "ITRA_HOME" => home.Home, _ when name.StartsWith("ITRA_", StringComparison.Ordinal) => null, _ => System.Environment.GetEnvironmentVariable(name) };
        await using var database = new TrackingDatabase(StoreAddress.Resolve(Environment), Environment);
        return await new StoreDoctor(database, Environment).ExamineAsync(CancellationToken.None);
    }
}
