using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Tracking.Portable;

namespace Itra.Tracking.Tests.Portable;

public sealed class CrateTests(PortableStore store) : IClassFixture<PortableStore>
{
    private readonly PortableRuns runs = store.Recorded;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crate_breaks_no_rule(bool withBlobs)
    {
        await runs.ExportAsync(ExportFormat.RoCrate, "crate/", withBlobs);
        Assert.Empty(CrateRules.Broken(runs.At("crate")));
        Assert.Equal(withBlobs, File.Exists(runs.At("crate/blobs/" + runs.CheckpointSha256)));
    }

    [Fact]
    public async Task A_zip_holds_the_same_files_as_a_folder()
    {
        await runs.ExportAsync(ExportFormat.RoCrate, "crate/", withBlobs: true);
        await runs.ExportAsync(ExportFormat.RoCrate, "crate.zip", withBlobs: true);
        await using var zip = await ZipFile.OpenReadAsync(runs.At("crate.zip"), TestContext.Current.CancellationToken);
        Assert.Equal(
            Directory.EnumerateFiles(runs.At("crate"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(runs.At("crate"), f)).Order(),
            zip.Entries.Select(e => e.FullName).Order());
        await zip.ExtractToDirectoryAsync(runs.At("unpacked"), overwriteFiles: true, TestContext.Current.CancellationToken);
        Assert.Empty(CrateRules.Broken(runs.At("unpacked")));
    }

    [Theory]
    [InlineData("./", "datePublished")]
    [InlineData("./", "hasPart")]
    [InlineData("./", "conformsTo")]
    [InlineData("#run-a", "instrument")]
    [InlineData("run.jsonl", "encodingFormat")]
    public async Task The_rules_find_what_is_missing(string entity, string property)
    {
        await runs.ExportAsync(ExportFormat.RoCrate, "crate/");
        var file = runs.At("crate/ro-crate-metadata.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        document["@graph"]!.AsArray().Single(e => (string)e!["@id"]! == entity)!.AsObject().Remove(property);
        await File.WriteAllTextAsync(file, document.ToJsonString(), TestContext.Current.CancellationToken);
        Assert.ThrowsAny<Exception>(() => Assert.Empty(CrateRules.Broken(runs.At("crate"))));
    }

    [Fact]
    public async Task The_action_says_what_went_in_and_what_came_out()
    {
        await runs.ExportAsync(ExportFormat.RoCrate, "crate/", withBlobs: true);
        var graph = JsonDocument.Parse(await File.ReadAllTextAsync(runs.At("crate/ro-crate-metadata.json"), TestContext.Current.CancellationToken)).RootElement.GetProperty("@graph");
        var action = graph.EnumerateArray().Single(e => e.GetProperty("@id").GetString() == "#run-a");
        Assert.Equal("2026-01-02T12:00:01.000000Z", action.GetProperty("startTime").GetString());
        Assert.Equal("2026-01-02T14:00:00.000000Z", action.GetProperty("endTime").GetString());
        Assert.Contains("#sha256-d1", Ids(action, "object"));
        Assert.Contains("blobs/" + runs.CheckpointSha256, Ids(action, "result"));
        Assert.Contains(Ids(action, "result"), id => id!.EndsWith("-linear-acc", StringComparison.Ordinal));
        Assert.Contains("\"lr\": \"1e-05\"", await File.ReadAllTextAsync(runs.At("crate/params.yml"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Ids(JsonElement entity, string property) => entity.GetProperty(property).EnumerateArray().Select(r => r.GetProperty("@id").GetString());
}
