using System.Globalization;
using System.Text.Json.Nodes;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Portable.Packages;

namespace Itra.Tracking.Portable.Crates;

/// <summary>A run as RO-Crate 1.1 metadata under the Process Run Crate profile 0.5: an action, what it was done with, on and by, and what came of it.</summary>
internal sealed class CrateMetadata
{
    private const string Crate = "https://w3id.org/ro/crate/1.1", Profile = "https://w3id.org/ro/wfrun/process/0.5";
    private readonly CrateGraph graph = new();
    private readonly RunStory story;
    private readonly IReadOnlyList<PackedFile> files;

    private CrateMetadata(RunStory story, IReadOnlyList<PackedFile> files) => (this.story, this.files) = (story, files);

    /// <param name="files">All that is in the crate but the metadata.</param>
    public static JsonObject Of(RunStory story, IReadOnlyList<PackedFile> files, DateTimeOffset at) => new CrateMetadata(story, files).Tell(at);

    private JsonObject Tell(DateTimeOffset at)
    {
        graph.Add(CrateFiles.Metadata, "CreativeWork", ("conformsTo", CrateGraph.Ref(Crate)), ("about", CrateGraph.Ref("./")));
        var (id, spec) = (story.Registered.RunId, story.Registered.Spec);
        graph.Add("./", "Dataset",
            ("name", $"{spec.Name} ({id})"),
            ("description", $"Run {spec.Name} of experiment {spec.Experiment}, trained by Itra's trainer '{spec.Trainer}' with seed {spec.Seed}: every event, all metric values and scores."),
            ("datePublished", Moment(at)),
            ("identifier", id),
            ("license", graph.Add("#license", "CreativeWork", ("name", "No licence stated"), ("description", "Whoever recorded this run has not said under which terms it may be used: ask them."))),
            ("conformsTo", graph.Add(Profile, "CreativeWork", ("name", "Process Run Crate"), ("version", "0.5"))),
            ("hasPart", new JsonArray([.. files.Select(f => CrateGraph.Ref(f.Name))])),
            ("mentions", CrateGraph.Ref("#" + id)));
        foreach (var file in files) AddFile(file);
        AddAction(id);
        return graph.Document;
    }

    private void AddFile(PackedFile file)
    {
        var (name, form) = file.Name switch
        {
            CrateFiles.Run => ("The run's events and metric values, chained by hash; `itra import` reads it", "application/jsonl"),
            CrateFiles.Scores => ("Scores", "text/csv"),
            CrateFiles.Metrics => ("Metric values by step", "text/csv"),
            CrateFiles.Settings => ("Settings", "application/yaml"),
            _ => (LabelOf(file.Sha256), "application/octet-stream"),
        };
        graph.Add(file.Name, "File", ("name", name), ("encodingFormat", form), ("contentSize", file.Bytes.ToString(CultureInfo.InvariantCulture)), ("sha256", file.Sha256));
    }

    private void AddAction(string id)
    {
        var origin = story.Registered.Provenance;
        var software = graph.Add("#itra", "SoftwareApplication", ("name", "Itra"), ("softwareVersion", origin.ItraVersion), ("softwareRequirements", new JsonArray([
            origin.Runtime, .. origin.Libraries.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key} {l.Value}")])), ("identifier", origin.Commit));
        var end = story.Ended;
        graph.Add("#" + id, "CreateAction",
            ("name", $"Training of {story.Registered.Spec.Name}"),
            ("description", string.Join(' ', origin.CommandLine)),
            ("instrument", software),
            ("agent", graph.Add($"#person-{Uri.EscapeDataString(origin.User)}", "Person", ("name", origin.User))),
            ("startTime", Moment(story.Started?.At)),
            ("endTime", Moment(end?.At)),
            ("actionStatus", CrateGraph.Ref($"http://schema.org/{(end is RunFailed or RunCancelled ? "FailedActionStatus" : end is RunCompleted ? "CompletedActionStatus" : "ActiveActionStatus")}")),
            ("error", end switch { RunFailed f => f.Reason, RunCancelled c => c.Reason, _ => null }),
            ("object", new JsonArray([CrateGraph.Ref(CrateFiles.Settings), .. Inputs()])),
            ("result", new JsonArray([.. new[] { CrateFiles.Run, CrateFiles.Scores, CrateFiles.Metrics }.Select(CrateGraph.Ref), .. Outputs()])));
    }

    private IEnumerable<JsonNode> Inputs()
    {
        foreach (var d in story.All<DatasetFingerprinted>().DistinctBy(d => d.Dataset.Digest))
            yield return Known(d.Dataset.Digest, d.Dataset.Name, $"{d.Dataset.Items} items, {d.Dataset.Captions} captions, {d.Dataset.Bytes} bytes of images");
        foreach (var m in story.All<ModelInitialised>().DistinctBy(m => m.WeightsDigest)) yield return Known(m.WeightsDigest, m.WeightsSource, "Weights that training started from");
        foreach (var i in story.All<InputFingerprinted>().DistinctBy(i => i.File.Sha256)) yield return Stored(i.File, i.FileName);
        foreach (var c in story.All<StartedFromCheckpoint>()) yield return Known(c.Sha256, c.FileName, "Checkpoint that training went on from");
        if (story.Registered.Origin is { } origin) yield return graph.Add("#" + origin.RunId, "CreateAction", ("name", $"{origin.Kind} of run {origin.RunId}"), ("instrument", CrateGraph.Ref("#itra")));
    }

    private IEnumerable<JsonNode> Outputs()
    {
        foreach (var saved in story.All<CheckpointSaved>().DistinctBy(c => c.Artifact.Sha256)) yield return Stored(saved.Artifact, saved.FileName);
        foreach (var evaluation in story.Evaluations)
            foreach (var score in RecordedScore.Of(evaluation.Event))
                yield return graph.Add($"#score-{evaluation.Version}-{Uri.EscapeDataString(score.Metric)}", "PropertyValue",
                    ("name", score.Metric), ("value", double.IsFinite(score.Value) ? score.Value : score.Value.ToString(CultureInfo.InvariantCulture)),
                    ("description", $"{score.Weights} weights after epoch {score.Epoch}, on {score.Dataset}"));
    }

    /// <summary>A file that is in the crate, or else is known by its digest.</summary>
    private JsonObject Stored(Artifact artifact, string name) =>
        files.FirstOrDefault(f => f.Sha256 == artifact.Sha256) is { } there ? CrateGraph.Ref(there.Name) : Known(artifact.Sha256, name, $"A file of {artifact.Bytes} bytes that is not in this crate");

    private JsonObject Known(string digest, string name, string description) =>
        graph.Add("#sha256-" + Uri.EscapeDataString(digest), "CreativeWork", ("name", name), ("description", description), ("identifier", "sha256:" + digest), ("sha256", digest));

    private string LabelOf(string sha256) =>
        story.All<CheckpointSaved>().FirstOrDefault(c => c.Artifact.Sha256 == sha256)?.FileName
        ?? story.All<InputFingerprinted>().FirstOrDefault(i => i.File.Sha256 == sha256)?.FileName ?? "A file that the run refers to";

    private static JsonNode? Moment(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
