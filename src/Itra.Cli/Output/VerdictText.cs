using Itra.Domain.Runs;

namespace Itra.Cli.Output;

/// <summary>What a comparison with a reproduction came to, in words and as a badge.</summary>
internal static class VerdictText
{
    public static string Badge(Verdict? verdict) => verdict switch
    {
        Verdict.BitExact => "✓ bit-exact",
        Verdict.WithinTolerance => "≈ tolerated",
        Verdict.Diverged => "✗ diverged",
        _ => "",
    };

    public static string Of(ReproductionJudged judged) => judged switch
    {
        { Verdict: Verdict.BitExact } => "bit-exact",
        { Divergence: { } d } => $"diverged {Place(d)}: {d.What} {d.Expected}, again {d.Found}",
        { Verdict: Verdict.WithinTolerance } => $"within tolerance{(judged.Deviations.MaxBy(d => d.Largest / d.Tolerance) is { } most ? $", most in {most.Metric}: {most.Largest:G3} of {most.Tolerance:G3} allowed" : "")}",
        _ => "diverged",
    };

    private static string Place(Divergence d) => (d.Epoch, d.Step) switch
    {
        (0, null) => "before the first epoch",
        (_, null) => $"at epoch {d.Epoch}",
        _ => $"at epoch {d.Epoch}, step {d.Step}",
    };
}
