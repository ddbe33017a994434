using System.Numerics;

namespace Itra.Domain.Leaderboards;

/// <summary>A formula's arithmetic, as a tree.</summary>
public abstract record ScoreTerm
{
    public sealed record Number(double Value) : ScoreTerm;

    public sealed record Metric(string Name) : ScoreTerm;

    public sealed record Negated(ScoreTerm Term) : ScoreTerm;

    /// <param name="Sign">One of <c>+ - * /</c>.</param>
    public sealed record Operation(char Sign, ScoreTerm Left, ScoreTerm Right) : ScoreTerm;

    /// <summary>Whether an infinite score can make a finite value: under a fraction line it vanishes, anywhere else it stays.</summary>
    public bool BearsInfinity => this switch
    {
        Operation { Sign: '/' } o => o.Right.NamesMetric || o.Left.BearsInfinity,
        Operation o => o.Left.BearsInfinity || o.Right.BearsInfinity,
        Negated n => n.Term.BearsInfinity,
        _ => false,
    };

    private bool NamesMetric => this switch
    {
        Operation o => o.Left.NamesMetric || o.Right.NamesMetric,
        Negated n => n.Term.NamesMetric,
        _ => this is Metric,
    };

    /// <summary>What it comes to, given every metric in it: over numbers a number, over ranges a range.</summary>
    public T Of<T>(IReadOnlyDictionary<string, T> scores, Func<double, T> number)
        where T : IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IDivisionOperators<T, T, T>, IUnaryNegationOperators<T, T> => this switch
        {
            Number n => number(n.Value),
            Metric m => scores[m.Name],
            Negated n => -n.Term.Of(scores, number),
            Operation { Sign: '+' } o => o.Left.Of(scores, number) + o.Right.Of(scores, number),
            Operation { Sign: '-' } o => o.Left.Of(scores, number) - o.Right.Of(scores, number),
            Operation { Sign: '*' } o => o.Left.Of(scores, number) * o.Right.Of(scores, number),
            Operation { Sign: '/' } o => o.Left.Of(scores, number) / o.Right.Of(scores, number),
            _ => throw new InvalidOperationException($"{this} is no arithmetic"),
        };
}
