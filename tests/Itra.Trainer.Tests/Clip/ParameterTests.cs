using System.Globalization;
using System.Text.Json;
using Itra.Domain;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Clip;

[Trait(Fixtures.Category, Fixtures.Name)]
public class ParameterTests
{
    public sealed record StateEntry(string Name, long[] Shape, string Dtype, bool Param);

    public static TheoryData<string> PublishedFamilies => [.. ClipFamilies.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(PublishedFamilies))]
    public void A_family_has_the_tensors_of_the_published_weights(string family)
    {
        var published = Fixtures.ReadJson<StateEntry[]>("params", $"state_dict_{family}.json");
        var plan = Model(family).Plan;

        Assert.Equal(published.Length, plan.Count);
        foreach (var entry in published)
        {
            var mine = plan.Single(p => ParameterNames.ToOpenAi(p.Name) == entry.Name);
            Assert.Equal(entry.Shape, mine.Shape);
            Assert.Equal(entry.Param, !mine.IsBuffer);
            Assert.Equal(entry.Dtype, mine.Type.ToString().ToLowerInvariant());
        }
    }

    public static TheoryData<string> Patterns
    {
        get
        {
            var path = Path.Combine(Fixtures.Root, "params", "lock_patterns.json");
            return File.Exists(path) ? [.. Elements(path).Select(e => e.GetProperty("label").GetString()!)] : ["no fixtures"];
        }
    }

    [Theory]
    [MemberData(nameof(Patterns), DisableDiscoveryEnumeration = true)]
    public void Flags_leave_trainable_what_the_guide_s_tables_count(string label)
    {
        var pattern = Elements(Fixtures.Find("params", "lock_patterns.json")).Single(p => p.GetProperty("label").GetString() == label);
        var settings = pattern.GetProperty("args").EnumerateObject().ToDictionary(a => a.Name, a => a.Value.ToString());
        var family = settings.Remove("model", out var named) ? named : FamilyOfSize(pattern.GetProperty("total").GetInt64(), settings);
        var model = Model(family, settings);
        var locking = new Locking(Config(family, settings));
        var trainable = model.Plan.Where(p => !p.IsBuffer && locking.IsTrainable(p.Name)).ToList();

        Assert.Equal(pattern.GetProperty("trainable").GetInt64(), trainable.Sum(p => p.Elements));
        Assert.Equal(pattern.GetProperty("total").GetInt64(), model.Plan.Where(p => !p.IsBuffer).Sum(p => p.Elements));
        Assert.Equal(pattern.GetProperty("trainable_names").EnumerateArray().Select(n => n.GetString()).Order(), trainable.Select(p => p.Name).Order());
    }

    [Fact]
    public void An_unknown_model_is_answered_with_the_nearest_one() =>
        Assert.Contains("'ViT-B-32'", Assert.Throws<UserErrorException>(() => ClipFamilies.Find("ViT-B/32")).Message, StringComparison.Ordinal);

    private static string FamilyOfSize(long total, Dictionary<string, string> settings) =>
        ClipFamilies.All.First(f => Model(f.Name, settings).Plan.Where(p => !p.IsBuffer).Sum(p => p.Elements) == total).Name;

    private static ClipModel Model(string family, Dictionary<string, string>? settings = null) =>
        new(ClipFamilies.Find(family), ClipFamilies.Find(family), Config(family, settings ?? []));

    private static ClipConfig Config(string family, Dictionary<string, string> settings) =>
        ClipConfig.Parse(new Dictionary<string, string>(settings) { ["image_model"] = family, ["text_model"] = family, ["train_data"] = "fixtures" });

    private static JsonElement.ArrayEnumerator Elements(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.EnumerateArray();
}
