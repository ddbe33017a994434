using System.Globalization;
using Itra.Domain;

namespace Itra.Cli.Arguments;

/// <summary>Reads <c>0:1:0.1</c> (from, to, step; both ends belong to it) and <c>0,0.5,1</c>.</summary>
internal static class AlphaRange
{
    private const int Most = 1000;

    /// <exception cref="UserErrorException">The text is neither, or leaves 0 to 1.</exception>
    public static IReadOnlyList<double> Parse(string text)
    {
        // Decimal, so that 0.1 seven times is 0.7.
        decimal[] alphas = text.Split(':') switch
        {
            [var from, var to, var step] => Steps(Number(from, text), Number(to, text), Number(step, text), text),
            [var list] => [.. list.Split(',').Select(a => Number(a, text))],
            _ => throw Refuse(text),
        };
        if (Array.Find(alphas, a => a is < 0 or > 1) is var wrong and not 0) throw new UserErrorException($"--alphas {text}: {wrong.ToString(CultureInfo.InvariantCulture)} is outside of 0 (the initial weights) to 1 (the trained ones)");
        return [.. alphas.Select(a => (double)a)];
    }

    private static decimal[] Steps(decimal from, decimal to, decimal step, string text)
    {
        if (step <= 0 || to < from || (to - from) / step > Most) throw Refuse(text);
        return [.. Enumerable.Range(0, (int)((to - from) / step) + 1).Select(i => from + (i * step))];
    }

    private static decimal Number(string part, string text) =>
        decimal.TryParse(part, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : throw Refuse(text);

    private static UserErrorException Refuse(string text) => new($"--alphas {text} is no range: write FROM:TO:STEP, such as 0:1:0.1, or a list, such as 0,0.5,1");
}
