using System.Text.Json;
using Itra.Tracking.Portable;

namespace Itra.Tracking.Tests.Portable;

public sealed class ProvDocumentTests(PortableStore store) : IClassFixture<PortableStore>
{
    private static readonly Dictionary<string, string[]> Ends = new()
    {
        ["used"] = ["prov:activity", "prov:entity"],
        ["wasGeneratedBy"] = ["prov:entity", "prov:activity"],
        ["wasDerivedFrom"] = ["prov:generatedEntity", "prov:usedEntity"],
        ["wasAssociatedWith"] = ["prov:activity", "prov:agent"],
        ["actedOnBehalfOf"] = ["prov:delegate", "prov:responsible"],
        ["wasInformedBy"] = ["prov:informed", "prov:informant"],
    };

    [Fact]
    public async Task Relations_hold_between_things_that_are_told()
    {
        var document = await ExportAsync();
        var things = new[] { "entity", "activity", "agent" }.SelectMany(s => document.GetProperty(s).EnumerateObject()).Select(p => p.Name).ToHashSet();
        var prefixes = document.GetProperty("prefix").EnumerateObject().Select(p => p.Name).ToHashSet();
        Assert.All(things, t => Assert.Contains(t[..t.IndexOf(':')], prefixes));

        var relations = document.EnumerateObject().Where(p => p.Name is not ("prefix" or "entity" or "activity" or "agent")).ToList();
        Assert.Equal(Ends.Keys.Order(), relations.Select(r => r.Name).Order());
        foreach (var relation in relations)
            foreach (var instance in relation.Value.EnumerateObject())
                foreach (var end in Ends[relation.Name])
                    Assert.Contains(instance.Value.GetProperty(end).GetString()!, things);
    }

    [Fact]
    public async Task A_score_leads_back_to_data_run_and_person()
    {
        var document = await ExportAsync();
        var (score, value) = document.GetProperty("entity").EnumerateObject().Where(e => e.Name.EndsWith("/linear-acc", StringComparison.Ordinal)).Select(e => (e.Name, e.Value)).Single();
        Assert.Equal(("71.5", "xsd:double"), (value.GetProperty("prov:value").GetProperty("$").GetString(), value.GetProperty("prov:value").GetProperty("type").GetString()));

        var evaluation = Assert.Single(Related(document, "wasGeneratedBy", "prov:entity", score, "prov:activity"));
        Assert.Equal(["digest:d3"], Related(document, "used", "prov:activity", evaluation, "prov:entity"));
        var run = Assert.Single(Related(document, "wasInformedBy", "prov:informed", evaluation, "prov:informant"));
        Assert.Equal("run:run-a", run);
        Assert.Equal(["digest:d1", "digest:w1"], Related(document, "used", "prov:activity", run, "prov:entity"));
        Assert.Equal(["agent:itra/0.1.0", "agent:person/ada/turing"], Related(document, "wasAssociatedWith", "prov:activity", run, "prov:agent"));
        Assert.Equal("2026-01-02T14:00:00.0000000Z", document.GetProperty("activity").GetProperty(run).GetProperty("prov:endTime").GetString());
    }

    private async Task<JsonElement> ExportAsync()
    {
        var runs = store.Recorded;
        await runs.ExportAsync(ExportFormat.Prov, "a.prov.json");
        return JsonDocument.Parse(await File.ReadAllTextAsync(runs.At("a.prov.json"), TestContext.Current.CancellationToken)).RootElement;
    }

    private static IEnumerable<string> Related(JsonElement document, string relation, string from, string thing, string to) =>
        document.GetProperty(relation).EnumerateObject().Where(r => r.Value.GetProperty(from).GetString() == thing).Select(r => r.Value.GetProperty(to).GetString()!).Order();
}
