using System.Text.Json;
using Itra.Domain;
using Itra.Tracking.Portable;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Portable;

public sealed class RunFileTests(PortableStore store, TestServer server) : IClassFixture<PortableStore>
{
    private readonly PortableRuns runs = store.Recorded;

    [Fact]
    public async Task Every_event_is_a_line_with_the_text_that_the_database_holds()
    {
        var exported = await runs.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        var lines = Lines();
        Assert.Equal(("itra-run", PortableRuns.Id), (lines[0].GetProperty("format").GetString(), lines[0].GetProperty("run").GetString()));
        Assert.Equal(exported.Head, lines[0].GetProperty("head").GetProperty("hash").GetString());
        Assert.Equal(lines.Length - 1, lines[^1].GetProperty("end").GetProperty("lines").GetInt64());

        var stored = await runs.Database.QueryAsync(
            $"select data::text, headers->>'h', id::text, extract(epoch from timestamp) * 1000000 from {TrackingSchema.Name}.mt_events where stream_id = $1 order by version",
            r => (r.GetString(0), r.GetString(1), r.GetString(2), r.GetDecimal(3)), TestContext.Current.CancellationToken, PortableRuns.Id);
        var events = lines.Where(l => l.TryGetProperty("data", out _)).Select(l => (
            l.GetProperty("data").GetRawText(), l.GetProperty("hash").GetString()!, l.GetProperty("id").GetString()!,
            (decimal)(l.GetProperty("timestamp").GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));
        Assert.Equal(stored, events);
        Assert.Equal(exported.Events, stored.Count);
    }

    [Fact]
    public async Task Values_follow_the_event_that_vouches_for_them()
    {
        await runs.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        var lines = Lines();
        var logged = Array.FindLastIndex(lines, l => l.TryGetProperty("type", out var type) && type.GetString() == "metrics_logged");
        Assert.Equal(["training/loss-align", "training/learning_rate"], lines[(logged + 1)..(logged + 3)].Select(l => l.GetProperty("metric").GetString()));
        Assert.Equal((1, 5, 3), (lines[logged + 1].GetProperty("attempt").GetInt32(), lines[logged + 1].GetProperty("first_step").GetInt32(), lines[logged + 1].GetProperty("n").GetInt32()));
    }

    [Fact]
    public async Task A_run_that_was_changed_is_not_exported()
    {
        await using var runs = await PortableRuns.RecordAsync(server);
        await runs.Database.QueryAsync($"update {TrackingSchema.Name}.mt_events set data = jsonb_set(data, '{{loss}}', '0.1') where type = 'epoch_completed' and version = 7", _ => 0, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<UserErrorException>(() => runs.ExportAsync(ExportFormat.Jsonl, "a.jsonl"));
        Assert.Contains("event 7 (epoch_completed) was changed", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(runs.At(""), "a.jsonl*"));
    }

    [Fact]
    public async Task Values_that_were_changed_or_lost_are_not_exported()
    {
        await using var runs = await PortableRuns.RecordAsync(server);
        await runs.Database.QueryAsync("delete from itra.metric_chunk where metric = 'training/learning_rate' and first_step = 0", _ => 0, TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<UserErrorException>(() => runs.ExportAsync(ExportFormat.Csv, "a.csv"));
        Assert.Contains("the values of 'training/learning_rate' are missing", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_there_is_replaced_only_by_force()
    {
        await File.WriteAllTextAsync(runs.At("a.jsonl"), "precious", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<UserErrorException>(() => runs.ExportAsync(ExportFormat.Jsonl, "a.jsonl", overwrite: false));
        Assert.Equal("precious", await File.ReadAllTextAsync(runs.At("a.jsonl"), TestContext.Current.CancellationToken));
        await runs.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        Assert.StartsWith("{\"format\":\"itra-run\"", await File.ReadAllTextAsync(runs.At("a.jsonl"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_other_things_is_never_replaced()
    {
        Directory.CreateDirectory(runs.At("mine"));
        await File.WriteAllTextAsync(runs.At("mine/thesis.txt"), "precious", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<UserErrorException>(() => runs.ExportAsync(ExportFormat.RoCrate, "mine/", overwrite: true));
        await Assert.ThrowsAsync<UserErrorException>(() => runs.ExportAsync(ExportFormat.Jsonl, "mine", overwrite: true));
        Assert.True(File.Exists(runs.At("mine/thesis.txt")));
    }

    private JsonElement[] Lines() => [.. File.ReadAllLines(runs.At("a.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)];
}
