using System.Globalization;

namespace Itra.Domain.Leaderboards;

/// <summary>Arithmetic over scores: numbers, metrics in brackets, <c>+ - * /</c> and parentheses.</summary>
/// <param name="Text">As it was written; of a metric alone, its name.</param>
/// <param name="Metrics">Those it needs, each once.</param>
public sealed record ScoreFormula(string Text, IReadOnlyList<string> Metrics, ScoreTerm Term)
{
    public static ScoreFormula OfMetric(string metric) => new(metric, [metric], new ScoreTerm.Metric(metric));

    /// <exception cref="UserErrorException">It is no formula; the message says where.</exception>
    public static ScoreFormula Parse(string text)
    {
        var reader = new Reader(text);
        var term = reader.Sum();
        reader.MustEnd();
        return reader.Metrics.Count > 0 ? new ScoreFormula(text, reader.Metrics, term)
            : throw new UserErrorException($"the formula {text} names no metric: put one in brackets, such as [retrieval-mean-recall]");
    }

    /// <returns>Null if a score is missing, or what comes out is no finite number.</returns>
    public double? Of(IReadOnlyDictionary<string, double> scores) =>
        Metrics.All(scores.ContainsKey) && Term.Of(scores, n => n) is var value && double.IsFinite(value) ? value : null;

    /// <summary>A range in which the value is, given one for each metric.</summary>
    public ScoreRange Within(IReadOnlyDictionary<string, ScoreRange> ranges) => Term.Of(ranges, ScoreRange.Of);

    private sealed class Reader(string text)
    {
        private int at;

        public List<string> Metrics { get; } = [];

        public ScoreTerm Sum()
        {
            var left = Product();
            while (true)
            {
                var sign = Next("+-");
                if (sign == default) return left;
                left = new ScoreTerm.Operation(sign, left, Product());
            }
        }

        public void MustEnd()
        {
            if (Peek() != default) throw Expected("an operator");
        }

        private ScoreTerm Product()
        {
            var left = Factor();
            while (true)
            {
                var sign = Next("*/");
                if (sign == default) return left;
                left = new ScoreTerm.Operation(sign, left, Factor());
            }
        }

        private ScoreTerm Factor()
        {
            switch (Peek())
            {
                case '-':
                    at++;
                    return new ScoreTerm.Negated(Factor());
                case '(':
                    at++;
                    var inner = Sum();
                    if (Next(")") == default) throw Expected("')'");
                    return inner;
                case '[':
                    return Metric();
                case var c when char.IsAsciiDigit(c) || c == '.':
                    return Number();
                default:
                    throw Expected("a number, a [metric] or '('");
            }
        }

        private ScoreTerm.Metric Metric()
        {
            var end = text.IndexOf(']', at);
            if (end < 0) throw Expected("a ']' after the metric");
            var name = text[(at + 1)..end].Trim();
            at = end + 1;
            if (!Metrics.Contains(name)) Metrics.Add(name);
            return new ScoreTerm.Metric(name);
        }

        private ScoreTerm.Number Number()
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '.' || (text[at] is '+' or '-' && text[at - 1] is 'e' or 'E'))) at++;
            if (double.TryParse(text[start..at], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return new ScoreTerm.Number(number);
            at = start;
            throw Expected("a number");
        }

        private char Next(string oneOf)
        {
            var c = Peek();
            if (c == default || !oneOf.Contains(c)) return default;
            at++;
            return c;
        }

        private char Peek()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            return at < text.Length ? text[at] : default;
        }

        private UserErrorException Expected(string what) =>
            new($"the formula {text} cannot be read: at character {at + 1} {what} was expected");
    }
}
