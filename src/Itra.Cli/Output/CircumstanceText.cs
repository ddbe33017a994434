using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Explanations;

namespace Itra.Cli.Output;

/// <summary>Code, machine, people and history behind a score.</summary>
internal static class CircumstanceText
{
    public static IEnumerable<Fact> Of(Explanation e)
    {
        if (e.Provenance is { } p)
        {
            yield return new("code", Code(p));
            yield return new("run_by", $"{p.User}@{p.Host} in {p.WorkingDirectory}: {Form.Moment(e.StartedAt)}{Took(e)}, {e.Status.ToString().ToLowerInvariant()} after {Epochs(e.EpochsCompleted)}{(e.EndReason is { } reason ? $" ({reason})" : "")}");
            yield return new("on", $"{p.Device}, {p.Threads} threads, {p.OperatingSystem}, {string.Join(", ", p.Libraries.Select(l => $"{l.Key} {l.Value}"))}");
        }
        yield return new("resumed", e.Resumptions.Count == 0 ? "never" : string.Join("; ", e.Resumptions.Select(Resumption)));
        if (e.Branches.Count > 0) yield return new("branches", string.Join("; ", e.Branches.Select(b => $"{b.Name} ({b.RunId}) at epoch {b.Epoch}")));
        yield return new("reproduced", e.Verdicts.Count == 0 ? $"not yet: itra reproduce {e.RunId}" : string.Join("; ", e.Verdicts.Select(v => Judgement(v, e.RunId))));
    }

    public static string Code(Provenance p) =>
        (p.Commit is { } commit ? $"commit {Form.Digest(commit)}{(p.Dirty ? $" with changes ({(p.Patch is { } patch ? $"patch sha256 {Form.Digest(patch.Sha256)}" : "which were not recorded")})" : ", unchanged")}" : "outside a git repository")
        + $", Itra {p.ItraVersion}, {p.Runtime}";

    public static string Resumption(RunResumed r) =>
        $"{Form.Moment(r.At)} {(r.CheckpointSha256 is { } k ? $"from epoch {r.Epoch}, update {r.Updates} (checkpoint {Form.Digest(k)})" : "from the start")} on {r.Host}";

    public static string Judgement(ReproductionJudged v, string runId) =>
        $"{(v.Original == runId ? $"by {v.Reproduction}" : $"itself a reproduction of {v.Original}")}: {VerdictText.Of(v)} ({Form.Moment(v.At)})";

    private static string Took(Explanation e) => e.StartedAt is { } started && e.EndedAt is { } ended ? $", took {Form.Duration(ended - started)}" : "";

    private static string Epochs(int count) => count == 1 ? "1 epoch" : $"{count} epochs";
}
