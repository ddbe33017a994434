using Itra.Cli.Output;
using Itra.Domain.Runs;
using Itra.Trainer.Reproduction;

namespace Itra.Cli.Reproduction;

/// <summary>What <c>itra reproduce</c> tells people and programs.</summary>
internal static class ReproductionPage
{
    private const int FilesShown = 20;

    public sealed record PlanAnswer(string Original, bool Possible, bool BitExact, IReadOnlyList<Need> Needs, IReadOnlyList<string> Differences, IReadOnlyList<string> Remarks);

    public sealed record VerdictAnswer(
        string Original, string Reproduction, Verdict Verdict, long Steps, IReadOnlyList<Deviation> Deviations, Divergence? Divergence, IReadOnlyList<string> Differences);

    public static PlanAnswer Of(ReproductionPlan plan) => new(plan.RunId, plan.IsPossible, plan.Tolerance.IsExact, plan.Inputs.Needs, plan.Tolerance.Differences, plan.Remarks);

    public static VerdictAnswer Of(ReproductionPlan plan, string reproduction, ReproductionJudge judge) =>
        new(plan.RunId, reproduction, judge.Verdict, judge.Steps, judge.Deviations, judge.Divergence, plan.Tolerance.Differences);

    public static void Write(ReproductionPlan plan, TextWriter screen)
    {
        foreach (var need in plan.Inputs.Needs)
        {
            screen.WriteLine($"  {Mark(need)} {need.What}: {State(need)}{need.Detail}");
            foreach (var file in need.Files.Take(FilesShown)) screen.WriteLine($"      {file.Fate.ToString().ToLowerInvariant()} {file.Name}");
            if (need.Files.Count > FilesShown) screen.WriteLine($"      and {Form.Count(need.Files.Count - FilesShown)} more");
        }
        foreach (var remark in plan.Remarks) screen.WriteLine($"  - {remark}");
        foreach (var difference in plan.Tolerance.Differences) screen.WriteLine($"  ~ {difference}");
        screen.WriteLine(
            !plan.IsPossible ? $"{plan.RunId} cannot be reproduced here: {plan.Inputs.Needs.Count(n => !n.IsMet)} of {plan.Inputs.Needs.Count} things it needs are missing or changed"
            : plan.Tolerance.IsExact ? $"{plan.RunId} can be reproduced, to the bit: device, threads and libraries are those of that time"
            : $"{plan.RunId} can be reproduced, within tolerance: what is marked ~ makes other roundings");
    }

    public static void Write(ReproductionPlan plan, string reproduction, ReproductionJudge judge, TextWriter screen)
    {
        screen.WriteLine(judge.Verdict switch
        {
            Verdict.BitExact => $"✓ bit-exact: {reproduction} is {plan.RunId} again, in {Form.Count(judge.Steps)} steps, every score and every weight that was recorded",
            Verdict.WithinTolerance => $"≈ within tolerance: {reproduction} is {plan.RunId} again but for roundings",
            _ => $"✗ {Describe(judge.Divergence!)}",
        });
        foreach (var d in judge.Deviations) screen.WriteLine($"  {d.Metric}: largest difference {d.Largest:G3}, allowed {d.Tolerance:G3}");
    }

    public static string Describe(Divergence d) =>
        $"diverged at epoch {d.Epoch}{(d.Step is { } step ? $", step {step}" : "")}: {d.What} is {d.Found}, was {d.Expected}{(d.Version is { } version ? $" (event {version})" : "")}";

    private static string Mark(Need need) => need.IsMet ? "✓" : "✗";

    private static string State(Need need) => need.State switch
    {
        NeedState.Stored => "in the artifact store, ",
        NeedState.Changed => "changed: ",
        NeedState.Missing => "missing: ",
        _ => "",
    };
}
