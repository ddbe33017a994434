using System.Globalization;
using Itra.Domain.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>Writes two different values with as few digits as tell them apart.</summary>
internal static class Numbers
{
    private const int Fewest = 4, Most = 17;

    public static (string, string) Apart(RunFact a, RunFact b) => a.Kind == FactKind.Computed ? Apart(a.Number, b.Number) : (a.Text, b.Text);

    public static (string, string) Apart(double a, double b)
    {
        for (var digits = Fewest; digits < Most; digits++)
            if (Text(a, digits) != Text(b, digits)) return (Text(a, digits), Text(b, digits));
        return (Text(a, Most), Text(b, Most));
    }

    private static string Text(double value, int digits) => value.ToString("G" + digits, CultureInfo.InvariantCulture);
}
