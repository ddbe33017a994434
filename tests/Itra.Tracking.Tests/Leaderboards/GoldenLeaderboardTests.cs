using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Leaderboards;

/// <summary>Events of leaderboards live for ever, as those of runs do: Golden/Leaderboards/NAME.json is what each is written as.</summary>
public class GoldenLeaderboardTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly LeaderboardDefinition Definition = new("coco")
    {
        Title = "MS-COCO", Formula = "([a] + [b]) / 2", Dataset = "mscoco_captions", Direction = Direction.LowerIsBetter, Weights = "ema",
        Choose = new EpochChoice(ChoiceRule.BestBy, "loss", "dev", Direction.LowerIsBetter), Group = Grouping.Seeds,
        Filters = new LeaderboardFilters("lr", "clip") { Settings = new Dictionary<string, string> { ["lr"] = "1e-5" } },
    };

    private static readonly IReadOnlyList<LeaderboardEvent> All =
    [
        new LeaderboardDefined("coco", 2, Definition, "ada") { At = RecordedRuns.Noon },
        new ExternalRowsAdded("coco", [new ExternalRow("FLIP", "a paper", new Dictionary<string, double> { ["a"] = 78.9 }) { Note = "corrected" }], "ada") { At = RecordedRuns.Noon },
    ];

    public static TheoryData<string> Names => [.. TrackingRegistration.LeaderboardEvents.Keys];

    [Fact]
    public void Every_event_of_a_leaderboard_has_a_stored_name_and_a_golden_sample()
    {
        var events = typeof(LeaderboardEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LeaderboardEvent))).ToHashSet();
        Assert.Equal(events, TrackingRegistration.LeaderboardEvents.Values.ToHashSet());
        Assert.Equal(events, All.Select(e => e.GetType()).ToHashSet());
    }

    [Theory, MemberData(nameof(Names))]
    public void An_event_is_written_as_its_golden_file_says_and_read_without_losing_anything(string name)
    {
        var sample = All.Single(e => e.GetType() == TrackingRegistration.LeaderboardEvents[name]);
        var today = JsonNode.Parse(EventJson.Write(sample))!.ToJsonString(Readable) + "\n";
        var file = Path.Combine(AppContext.BaseDirectory, "Golden", "Leaderboards", name + ".json");
        Assert.True(File.Exists(file) && File.ReadAllText(file) == today, $"Golden/Leaderboards/{name}.json has to hold:\n{today}");
        Assert.Equivalent(sample, EventJson.ReadLeaderboard(name, today), strict: true);
    }
}
