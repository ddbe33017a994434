using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Tests.Runs;

/// <summary>
/// Stored events live for ever. Golden/NAME.json is what the event NAME is written as today; where an event has grown, earlier forms
/// stay as Golden/NAME.1.json, NAME.2.json and so on, and must still be read in full.
/// </summary>
public class GoldenEventTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Names => [.. TrackingRegistration.Events.Keys];

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Order()];

    [Fact]
    public void Every_event_of_the_domain_has_a_stored_name_and_a_golden_sample()
    {
        var events = typeof(RunEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(RunEvent))).ToHashSet();
        Assert.Equal(events, TrackingRegistration.Events.Values.ToHashSet());
        Assert.Equal(events, GoldenEvents.All.Select(e => e.GetType()).ToHashSet());
    }

    [Theory, MemberData(nameof(Names))]
    public void An_event_is_written_as_its_golden_file_says(string name)
    {
        var sample = GoldenEvents.All.SingleOrDefault(e => e.GetType() == TrackingRegistration.Events[name]);
        Assert.True(sample is not null, $"GoldenEvents.cs needs one line: a {TrackingRegistration.Events[name].Name} with something in every field");
        var today = JsonNode.Parse(EventJson.Write(sample))!.ToJsonString(Readable) + "\n";
        var file = Path.Combine(Folder, name + ".json");

        Assert.True(File.Exists(file), $"Golden/{name}.json is missing; if the event is new, it has to hold:\n{today}");
        Assert.True(File.ReadAllText(file) == today,
            $"{name} is written in another form than Golden/{name}.json. Stored events live for ever: if something was added, keep the file as Golden/{name}.1.json, and let {name}.json hold:\n{today}");
    }

    [Theory, MemberData(nameof(Files))]
    public void A_golden_file_of_any_age_is_read_without_losing_anything(string file)
    {
        var stored = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!;
        var read = EventJson.Read(file.Split('.')[0], stored.ToJsonString());
        Assert.NotNull(read);
        var again = JsonNode.Parse(EventJson.Write(read))!;
        Assert.True(Holds(again, stored), $"{file} is read as {again.ToJsonString()}");
    }

    [Fact]
    public void A_stored_event_is_read_as_the_event_that_was_written()
    {
        foreach (var sample in GoldenEvents.All)
        {
            var name = TrackingRegistration.Events.Single(e => e.Value == sample.GetType()).Key;
            Assert.Equivalent(sample, EventJson.Read(name, EventJson.Write(sample)), strict: true);
        }
    }

    [Fact]
    public void An_event_with_an_unknown_name_is_not_guessed_at() => Assert.Null(EventJson.Read("run_reticulated", "{}"));

    /// <summary>Whether everything in <paramref name="part"/> is in <paramref name="whole"/> too.</summary>
    private static bool Holds(JsonNode? whole, JsonNode? part) => (whole, part) switch
    {
        (JsonObject w, JsonObject p) => p.All(m => w.ContainsKey(m.Key) && Holds(w[m.Key], m.Value)),
        (JsonArray w, JsonArray p) => w.Count == p.Count && w.Zip(p).All(x => Holds(x.First, x.Second)),
        _ => JsonNode.DeepEquals(whole, part),
    };
}
