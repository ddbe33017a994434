using System.Text.Json.Nodes;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;

namespace Itra.Tracking.Portable.Prov;

/// <summary>A run as W3C PROV-JSON: what was used, what came of it, and who was behind it.</summary>
internal sealed class ProvDocument
{
    private readonly ProvGraph graph = new();
    private readonly RunStory story;
    private readonly string run;

    private ProvDocument(RunStory story) => (this.story, run) = (story, ProvNames.Run(story.Registered.RunId));

    public static JsonObject Of(RunStory story) => new ProvDocument(story).Tell();

    private JsonObject Tell()
    {
        var (spec, provenance) = (story.Registered.Spec, story.Registered.Provenance);
        graph.Activity(run, "itra:Run", spec.Name, story.Started?.At, story.Ended?.At,
            ("itra:experiment", spec.Experiment), ("itra:trainer", spec.Trainer), ("itra:status", StatusOf(story.Ended)), ("itra:host", provenance.Host), ("itra:device", provenance.Device));
        TellAgents();
        foreach (var data in story.All<DatasetFingerprinted>()) Use(data.Dataset.Digest, "itra:DataSet", data.Dataset.Name, data.Role, ("itra:items", ProvGraph.Typed(data.Dataset.Items)));
        foreach (var model in story.All<ModelInitialised>()) Use(model.WeightsDigest, "itra:Weights", model.WeightsSource, "starting weights");
        foreach (var input in story.All<InputFingerprinted>()) Use(input.File.Sha256, "itra:File", input.FileName, input.Role);
        foreach (var from in story.All<StartedFromCheckpoint>()) Use(from.Sha256, "itra:Checkpoint", from.FileName, "starting checkpoint");
        TellOrigin();
        foreach (var saved in story.All<CheckpointSaved>()) Generate(saved.Artifact, saved.FileName, saved.At);
        foreach (var evaluation in story.Evaluations) TellEvaluation(evaluation);
        return graph.Document;
    }

    private void TellAgents()
    {
        var (spec, provenance) = (story.Registered.Spec, story.Registered.Provenance);
        var plan = graph.Entity(ProvNames.Plan(story.Registered.RunId), "prov:Plan", $"settings of {spec.Name}", ("itra:seed", ProvGraph.Typed(spec.Seed)), ("itra:commit", provenance.Commit));
        var person = graph.Agent(ProvNames.Person(provenance.User, provenance.Host), "prov:Person", provenance.User);
        var software = graph.Agent(ProvNames.Software(provenance.ItraVersion), "prov:SoftwareAgent", $"Itra {provenance.ItraVersion}", ("itra:runtime", provenance.Runtime));
        graph.Relate("wasAssociatedWith", ("prov:activity", run), ("prov:agent", person), ("prov:plan", plan));
        graph.Relate("wasAssociatedWith", ("prov:activity", run), ("prov:agent", software));
        graph.Relate("actedOnBehalfOf", ("prov:delegate", software), ("prov:responsible", person), ("prov:activity", run));
    }

    private void TellOrigin()
    {
        if (story.Registered.Origin is not { } origin) return;
        var other = graph.Activity(ProvNames.Run(origin.RunId), "itra:Run", origin.RunId, null, null);
        graph.Relate("wasInformedBy", ("prov:informed", run), ("prov:informant", other), ("itra:kind", origin.Kind.ToString().ToLowerInvariant()));
        if (origin.CheckpointSha256 is not { } sha256) return;
        Use(sha256, "itra:Checkpoint", $"checkpoint of {origin.RunId}, epoch {origin.Epoch}", "starting checkpoint");
        graph.Relate("wasGeneratedBy", ("prov:entity", ProvNames.Digest(sha256)), ("prov:activity", other));
    }

    private void TellEvaluation(StoryEvent told)
    {
        var id = story.Registered.RunId;
        var scores = RecordedScore.Of(told.Event).ToList();
        if (scores.Count == 0) return;
        var seconds = told.Event switch { RetrievalEvaluated r => r.Seconds, ClassificationEvaluated c => c.Seconds, WiseFtEvaluated w => w.Seconds, _ => 0 };
        var activity = graph.Activity(ProvNames.Event(id, told.Version), "itra:Evaluation", $"evaluation of {scores[0].Weights} weights on {scores[0].Dataset}",
            double.IsFinite(seconds) ? told.Event.At.AddSeconds(-seconds) : null, told.Event.At, ("itra:epoch", ProvGraph.Typed(scores[0].Epoch)), ("itra:weights", scores[0].Weights));
        graph.Relate("wasInformedBy", ("prov:informed", activity), ("prov:informant", run));
        foreach (var (name, digest) in scores[0].Dataset.Split(',').Zip(scores[0].DatasetDigest.Split(',')))
            graph.Relate("used", ("prov:activity", activity), ("prov:entity", graph.Entity(ProvNames.Digest(digest), "itra:DataSet", name)));
        if (told.Event is WiseFtEvaluated mixed)
        {
            foreach (var digest in new[] { mixed.StartDigest, mixed.EndDigest })
                graph.Relate("used", ("prov:activity", activity), ("prov:entity", graph.Entity(ProvNames.Digest(digest), "itra:Weights", "weights")));
            if (mixed.Kept is { } kept) Generate(kept, $"mixture of weights, alpha {mixed.Alpha:0.####}", mixed.At);
        }
        foreach (var score in scores)
        {
            var entity = graph.Entity(ProvNames.Score(id, told.Version, score.Metric), "itra:Score", score.Metric, ("prov:value", ProvGraph.Typed(score.Value)));
            graph.Relate("wasGeneratedBy", ("prov:entity", entity), ("prov:activity", activity), ("prov:time", ProvGraph.Moment(told.Event.At)));
        }
    }

    private void Use(string digest, string type, string label, string role, params ReadOnlySpan<(string, JsonNode?)> attributes)
    {
        var entity = graph.Entity(ProvNames.Digest(digest), type, label, attributes);
        graph.Relate("used", ("prov:activity", run), ("prov:entity", entity), ("prov:role", role));
    }

    private void Generate(Artifact artifact, string label, DateTimeOffset at)
    {
        var entity = graph.Entity(ProvNames.Digest(artifact.Sha256), "itra:Checkpoint", label, ("itra:bytes", ProvGraph.Typed(artifact.Bytes)));
        graph.Relate("wasGeneratedBy", ("prov:entity", entity), ("prov:activity", run), ("prov:time", ProvGraph.Moment(at)));
        if (story.All<ModelInitialised>().LastOrDefault() is { } model)
            graph.Relate("wasDerivedFrom", ("prov:generatedEntity", entity), ("prov:usedEntity", ProvNames.Digest(model.WeightsDigest)), ("prov:activity", run));
    }

    private static string StatusOf(RunEvent? end) => end switch { RunCompleted => "completed", RunFailed => "failed", RunCancelled => "cancelled", _ => "running" };
}
