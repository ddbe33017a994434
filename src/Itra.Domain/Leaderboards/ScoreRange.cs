using System.Numerics;

namespace Itra.Domain.Leaderboards;

/// <summary>
/// All numbers from <paramref name="Low"/> to <paramref name="High"/>, both included. Arithmetic over ranges gives a range that holds
/// whatever the same arithmetic over numbers in them gives, rounding included: each operation rounds monotonically (R. E. Moore,
/// Interval Analysis, 1966).
/// </summary>
public readonly record struct ScoreRange(double Low, double High) :
    IAdditionOperators<ScoreRange, ScoreRange, ScoreRange>, ISubtractionOperators<ScoreRange, ScoreRange, ScoreRange>,
    IMultiplyOperators<ScoreRange, ScoreRange, ScoreRange>, IDivisionOperators<ScoreRange, ScoreRange, ScoreRange>, IUnaryNegationOperators<ScoreRange, ScoreRange>
{
    public static readonly ScoreRange All = new(double.NegativeInfinity, double.PositiveInfinity);

    public static ScoreRange Of(double number) => new(number, number);

    public static ScoreRange operator -(ScoreRange a) => new(-a.High, -a.Low);

    public static ScoreRange operator +(ScoreRange a, ScoreRange b) => Over(a.Low + b.Low, a.High + b.High);

    public static ScoreRange operator -(ScoreRange a, ScoreRange b) => Over(a.Low - b.High, a.High - b.Low);

    public static ScoreRange operator *(ScoreRange a, ScoreRange b) => Over(a.Low * b.Low, a.Low * b.High, a.High * b.Low, a.High * b.High);

    public static ScoreRange operator /(ScoreRange a, ScoreRange b) =>
        b.Low <= 0 && b.High >= 0 ? All : Over(a.Low / b.Low, a.Low / b.High, a.High / b.Low, a.High / b.High);

    private static ScoreRange Over(params ReadOnlySpan<double> ends)
    {
        var (low, high) = (ends[0], ends[0]);
        foreach (var end in ends)
        {
            // Infinity less infinity says nothing.
            if (double.IsNaN(end)) return All;
            (low, high) = (Math.Min(low, end), Math.Max(high, end));
        }
        return new ScoreRange(low, high);
    }
}
