using Itra.Domain.Training;

namespace Itra.Cli.Output;

/// <summary>What a run is, how far it came, and what it was made from.</summary>
internal static class RunFacts
{
    public static IReadOnlyList<Fact> Of(RunReport report)
    {
        var run = report.Run;
        List<Fact> facts =
        [
            new("id", run.Id), new("name", run.Name), new("experiment", run.Experiment),
            new("status", run.Status.ToString().ToLowerInvariant() + (run.FailureReason is { } reason ? $": {reason}" : "")),
            new("made_from", run.Origin is { } origin ? EventGist.Origin(origin) : ""),
            .. report.Resumptions.Select(r => new Fact("resumed", CircumstanceText.Resumption(r))),
            .. report.Verdicts.Select(v => new Fact("reproduced", CircumstanceText.Judgement(v, run.Id))),
            new("trainer", run.Trainer), new("started_at", Form.Moment(run.StartedAt)), new("took", Form.Duration(run.EndedAt - run.StartedAt)),
            new("epoch", $"{run.Epoch}{(run.EpochsPlanned is { } planned ? $" of {planned}" : "")}"),
            new("last_loss", Form.Loss(run.LastLoss)), new("best_mean_recall", Form.Percent(run.BestMeanRecall) + (run.BestEpoch is { } epoch ? $" at epoch {epoch}" : "")),
        ];
        if (report.Model is { } m)
            facts.Add(new("model", $"{Form.Models(m.ImageModel, m.TextModel)} from {m.WeightsSource}: {Form.Count(m.Total.Trainable)} of {Form.Count(m.Total.Total)} parameters trained"));
        facts.AddRange(report.Datasets.Select(d => new Fact($"{d.Role}_data", $"{d.Dataset.Name}: {Form.Count(d.Dataset.Items)} items, {Form.Count(d.Dataset.Captions)} captions, sha256 {Form.Digest(d.Dataset.Digest)}")));
        facts.AddRange(report.Inputs.Select(i => new Fact(i.Role.Replace('-', '_'), $"{i.FileName}, {Form.Bytes(i.File.Bytes)}, sha256 {Form.Digest(i.File.Sha256)}{(i.Kept ? ", kept" : "")}")));
        facts.AddRange(report.Checkpoints.Select(c => new Fact("checkpoint", $"{c.FileName} after epoch {c.Epoch}, {Form.Bytes(c.Artifact.Bytes)}, sha256 {Form.Digest(c.Artifact.Sha256)}")));
        if (report.Spec is { } spec) facts.AddRange(SettingsText.Of(spec.Config, report.Provenance?.Origins, spec.Trainer, spec.Seed).Select(line => new Fact("settings", line)));
        if (report.Provenance is { } provenance) facts.AddRange(Provenance(provenance));
        if (run.LogFile is { } log) facts.Add(new("log", log));
        return [.. facts.Where(f => f.Value.Length > 0)];
    }

    private static IEnumerable<Fact> Provenance(Provenance p)
    {
        yield return new("command", string.Join(' ', p.CommandLine));
        yield return new("from", $"{p.User}@{p.Host}:{p.WorkingDirectory}");
        yield return new("code", CircumstanceText.Code(p));
        yield return new("on", $"{p.Device}, {p.Threads} threads");
        if (p.Environment is { Count: > 0 } variables) yield return new("environment", string.Join(' ', variables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value}")));
    }
}
