namespace Itra.Cli.Demo;

/// <summary>The figures as sets of points in a plane; each has about the area of the unit disc, so that size is told by size alone.</summary>
internal static class Outline
{
    private const double ArmWidth = 0.36, RingHole = 0.55, StarTip = 1.4, StarNotch = 0.65;

    /// <summary>True if (<paramref name="x"/>, <paramref name="y"/>) lies in the figure around the origin; y points down.</summary>
    public static bool Contains(Figure figure, double x, double y) => figure switch
    {
        Figure.Circle => x * x + y * y <= 1,
        Figure.Square => Math.Max(Math.Abs(x), Math.Abs(y)) <= 0.88,
        Figure.Triangle => y <= 0.8 && 1.8 * Math.Abs(x) <= y + 1.15,
        Figure.Diamond => Math.Abs(x) / 0.85 + Math.Abs(y) / 1.25 <= 1,
        Figure.Cross => Math.Max(Math.Abs(x), Math.Abs(y)) <= 1.1 && Math.Min(Math.Abs(x), Math.Abs(y)) <= ArmWidth,
        Figure.Ring => x * x + y * y is <= 1.2 and >= RingHole,
        Figure.Star => InStar(x, y),
        _ => throw new ArgumentOutOfRangeException(nameof(figure), figure, "has no outline"),
    };

    /// <summary>Five tips and five notches joined by straight edges, in polar form.</summary>
    private static bool InStar(double x, double y)
    {
        const double fromTipToNotch = Math.PI / 5;
        var fromTip = Math.Abs(Math.IEEERemainder(Math.Atan2(x, -y), 2 * fromTipToNotch));
        var edge = StarTip * StarNotch * Math.Sin(fromTipToNotch) / (StarTip * Math.Sin(fromTip) + StarNotch * Math.Sin(fromTipToNotch - fromTip));
        return x * x + y * y <= edge * edge;
    }
}
