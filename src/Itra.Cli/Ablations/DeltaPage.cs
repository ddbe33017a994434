using System.Globalization;
using Itra.Cli.Output;

namespace Itra.Cli.Ablations;

/// <summary>What is known of a ladder, rung by rung.</summary>
internal static class DeltaPage
{
    /// <param name="say">What else there is to know.</param>
    public static void Write(DeltaExplanation delta, Answer answer, TextWriter say)
    {
        answer.Rows(delta.Rungs, "", Columns(delta));
        if (delta.DatasetDigest is null) say.WriteLine("the two were not scored on the same data: what a change explains cannot be told");
        foreach (var line in delta.NotExplained) say.WriteLine($"not explained by any of it: {line}");
        say.WriteLine($"{delta.Rungs.Count} trials, {delta.Rungs.Count - delta.ToRun} of them done; {delta.ToRun} to run, {(delta.StepsToRun is { } steps ? $"{Form.Count(steps)} steps" : "of how many steps is not known")}");
    }

    private static List<Column<RungReport>> Columns(DeltaExplanation delta) =>
    [
        new("trial", r => r.Trial) { Shrinks = true }, new("changed", r => r.Changed) { Shrinks = true }, new("below", r => r.Below ?? "") { Label = "against", Shrinks = true },
        new("steps", r => Form.Count(r.Steps), IsNumber: true), new("run", r => r.RunId ?? "to run"),
        new(delta.Metric, r => Form.Percent(r.Score), IsNumber: true) { Label = "score" },
        new("explains", r => r.Explains?.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) ?? "", IsNumber: true),
    ];
}
