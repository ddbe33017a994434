using System.Globalization;

namespace Itra.Tracking.Comparison;

/// <summary>Writes two different values with as few digits as tell them apart.</summary>
internal static class Numbers
{
    private const int Fewest = 4, Most = 17;

    public static (string, string) Apart(object a, object b)
    {
        if (a is not double x || b is not double y) return (a.ToString()!, b.ToString()!);
        for (var digits = Fewest; digits < Most; digits++)
            if (Text(x, digits) != Text(y, digits)) return (Text(x, digits), Text(y, digits));
        return (Text(x, Most), Text(y, Most));
    }

    private static string Text(double value, int digits) => value.ToString("G" + digits, CultureInfo.InvariantCulture);
}
