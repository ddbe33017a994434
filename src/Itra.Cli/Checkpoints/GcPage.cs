using Itra.Cli.Output;
using Itra.Tracking.Retention;

namespace Itra.Cli.Checkpoints;

/// <summary>What a collection is going to do, said before it does anything, and what it did.</summary>
internal sealed class GcPage(Session session, Answer answer)
{
    private sealed record Row(string RunId, int Epoch, long? Updates, string Sha256, long Bytes, double? MeanRecall, string? Kept);

    private sealed record Told(string Keep, IReadOnlyList<Row> Checkpoints, long FreedBytes, int Leftovers, int TooYoung, bool Done, int Deleted, IReadOnlyList<string> Refused);

    /// <summary>Shows the plan to people and pipes; as JSON it comes with the end.</summary>
    public CollectionPlan Plan(CollectionPlan plan)
    {
        if (answer.IsJson) return plan;
        answer.Rows(Rows(plan), "there are no checkpoints to choose from", Columns);
        var words = answer.IsForPeople ? session.Terminal.Out : session.Terminal.Error;
        foreach (var run in plan.Choices.GroupBy(c => c.Checkpoint.RunId))
            words.WriteLine($"{run.Key}: {Checkpoints(run.Count(c => c.Kept is null))} of {run.Count()} {(run.Count(c => c.Kept is null) == 1 ? "goes" : "go")}, {Form.Bytes(run.Where(c => c.Kept is null).Sum(c => c.Checkpoint.Saved.Artifact.Bytes))} as files");
        words.WriteLine($"{Checkpoints(plan.Going.Count)} to delete; that frees {Form.Bytes(plan.Bytes)}, what others share not counted"
            + (plan.Leftovers > 0 ? $"; {Form.Count(plan.Leftovers)} stored pieces of that are left from earlier, or nobody's" : ""));
        if (plan.TooYoung > 0) words.WriteLine($"{Form.Count(plan.TooYoung)} stored pieces stay for now: they are younger than {plan.Request.Grace.TotalHours:0.##} hours (--grace)");
        words.WriteLine("Files in the runs' own folders are left alone.");
        return plan;
    }

    /// <summary>False where there is nobody to ask.</summary>
    public bool Ask()
    {
        if (!answer.IsForPeople || Console.IsInputRedirected) return false;
        session.Terminal.Out.Write("Delete them? [y/N] ");
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    public void Done(CollectionPlan plan, Collected? done)
    {
        if (answer.IsJson)
            answer.Json(new Told(plan.Request.Rule.ToString(), Rows(plan), done?.Bytes ?? plan.Bytes, plan.Leftovers, plan.TooYoung, done is not null, done?.Deleted ?? 0, done?.Refused ?? []));
        foreach (var refused in done?.Refused ?? []) session.Terminal.Error.WriteLine($"itra: kept after all: {refused}");
        if (done is not null && !answer.IsJson)
            (answer.IsForPeople ? session.Terminal.Out : session.Terminal.Error).WriteLine($"{Checkpoints(done.Deleted)} deleted, {Form.Bytes(done.Bytes)} freed; their digests stay in the record");
    }

    private static string Checkpoints(int count) => $"{Form.Count(count)} checkpoint{(count == 1 ? "" : "s")}";

    private static List<Row> Rows(CollectionPlan plan) =>
    [
        .. plan.Choices.Select(c => new Row(c.Checkpoint.RunId, c.Checkpoint.Saved.Epoch, c.Checkpoint.Saved.Updates, c.Checkpoint.Saved.Artifact.Sha256, c.Checkpoint.Saved.Artifact.Bytes, c.Checkpoint.MeanRecall, c.Kept)),
    ];

    private static readonly IReadOnlyList<Column<Row>> Columns =
    [
        new("run_id", r => r.RunId) { Label = "run" }, new("epoch", r => Form.Count(r.Epoch), IsNumber: true), new("updates", r => Form.Count(r.Updates), IsNumber: true) { Yields = 1 },
        new("mean_recall", r => Form.Percent(r.MeanRecall), IsNumber: true) { Label = "recall" }, new("bytes", r => Form.Count(r.Bytes), IsNumber: true),
        new("sha256", r => r.Sha256) { Label = "" }, new("digest", r => Form.Digest(r.Sha256)), new("fate", r => r.Kept is { } why ? $"stays: {why}" : "GOES") { Shrinks = true, Least = 20 },
    ];
}
