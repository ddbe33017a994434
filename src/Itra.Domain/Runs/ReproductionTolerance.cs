using Itra.Domain.Training;

namespace Itra.Domain.Runs;

/// <summary>
/// How far a reproduction may stray. Under the same conditions (device, threads, libraries) not at all: the same program adds the same numbers
/// in the same order. Under others sums are rounded otherwise, and training carries that on.
/// </summary>
/// <param name="Differences">In what the conditions differ, for people; empty if they are the same.</param>
public sealed record ReproductionTolerance(IReadOnlyList<string> Differences)
{
    /// <summary>
    /// Share of a value that a loss, a gradient's norm or a logit scale may differ by. Fine-tuning damps what rounding does: two threads instead
    /// of one moved no loss of 250 updates by more than 1e-6 nats in fp32 and 7e-4 in amp. A wrong seed or data set moves the first digits.
    /// </summary>
    public const double OfLoss = 1e-2, OfGradientNorm = 0.1, OfLogitScale = 1e-3;

    /// <summary>Nats that a loss may differ by however small it is: near zero it is made of the logits' rounding alone.</summary>
    public const double OfSmallLoss = 2e-3;

    /// <summary>The schedule is computed in double precision from whole numbers: only the last digits of a cosine differ between machines.</summary>
    public const double OfLearningRate = 1e-12;

    /// <summary>Percentage points that a score may differ by, or what so many samples are of a small set: near ties fall either way.</summary>
    public const double OfScore = 0.5;

    public const int SamplesOfScore = 2;

    private static readonly Dictionary<string, double> Relative = new()
    {
        ["training/learning_rate"] = OfLearningRate, ["training/gradient-norm"] = OfGradientNorm, ["training/logit_scale"] = OfLogitScale,
    };

    public bool IsExact => Differences.Count == 0;

    /// <summary>What may be expected of a run again under the conditions of <paramref name="now"/>.</summary>
    public static ReproductionTolerance Between(Provenance then, Provenance now) => new(
    [
        .. Differ("device", then.Device, now.Device),
        .. Differ("threads", $"{then.Threads}", $"{now.Threads}"),
        .. Differ(".NET", then.Runtime, now.Runtime),
        .. then.Libraries.SelectMany(l => Differ(l.Key, l.Value, now.Libraries.GetValueOrDefault(l.Key) ?? "not there")),
    ]);

    /// <summary>What a metric's value may differ by.</summary>
    public double Of(string metric, double expected) =>
        IsExact ? 0 : Relative.TryGetValue(metric, out var share) ? Math.Abs(expected) * share : OfALoss(expected);

    /// <summary>What a number that was computed may differ by.</summary>
    public double Of(RunFact expected) =>
        IsExact ? 0 : expected.Queries > 0 ? Math.Max(OfScore, 100.0 * SamplesOfScore / expected.Queries) : OfALoss(expected.Number);

    private static double OfALoss(double expected) => OfSmallLoss + Math.Abs(expected) * OfLoss;

    private static IEnumerable<string> Differ(string what, string then, string now)
    {
        if (then != now) yield return $"{what}: {then} then, {now} now";
    }
}
