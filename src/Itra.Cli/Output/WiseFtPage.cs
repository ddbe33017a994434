using System.Globalization;
using Itra.Domain.Training;
using Itra.Trainer;

namespace Itra.Cli.Output;

/// <summary>A WiSE-FT curve: every score by alpha, and for people each metric's curve and best alpha.</summary>
internal static class WiseFtPage
{
    private const int CurveWidth = 40;

    public static void Write(WiseFtCurve curve, Answer answer, TextWriter say)
    {
        List<string> metrics = [.. curve.Points.SelectMany(p => p.Scores.Keys).Distinct()];
        answer.Rows(curve.Points, "", [new("alpha", p => Alpha(p.Alpha), IsNumber: true), .. metrics.Select((m, i) => Scores(m, curve, answer) with { Yields = i + (IsWhole(m) ? 1 : 1 + metrics.Count) })]);
        if (!answer.IsForPeople) return;
        answer.Rows([.. metrics.Select(m => Curve.Of(m, curve))], "", Curves);
        say.WriteLine($"* highest of its column. 0: the weights that {curve.RunId} started from; 1: those after {curve.Epoch} epochs.");
        if (curve.KeptAs is { } path) say.WriteLine($"kept {path}");
    }

    private sealed record Curve(string Metric, IReadOnlyList<double> Values, double BestAlpha, double Best)
    {
        public static Curve Of(string metric, WiseFtCurve curve)
        {
            var values = curve.Points.Select(p => p.Scores[metric]).ToList();
            return new Curve(metric, values, curve.Best[metric], values.Max());
        }
    }

    private static Column<WiseFtPoint> Scores(string metric, WiseFtCurve curve, Answer answer) => new(
        metric, p => Form.Percent(p.Scores[metric]) + (answer.IsForPeople && curve.Best[metric] == p.Alpha ? "*" : ""), IsNumber: true) { Label = Short(metric) };

    private static readonly IReadOnlyList<Column<Curve>> Curves =
    [
        new("metric", c => c.Metric) { Shrinks = true }, new("curve", c => Sparkline.Of(c.Values, CurveWidth)), new("first", c => Form.Percent(c.Values[0]), IsNumber: true),
        new("best", c => Form.Percent(c.Best), IsNumber: true), new("at_alpha", c => Alpha(c.BestAlpha), IsNumber: true), new("last", c => Form.Percent(c.Values[^1]), IsNumber: true),
    ];

    /// <summary>The others are parts of it, and give way to it.</summary>
    private static bool IsWhole(string metric) => metric.EndsWith(RetrievalScores.MeanRecallMetric, StringComparison.Ordinal);

    private static string Alpha(double alpha) => alpha.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Short(string metric) =>
        metric.Replace("retrieval-image2text-", "I2T ").Replace("retrieval-text2image-", "T2I ").Replace("retrieval-mean-recall", "mean recall").Replace("-zeroshot-acc", "");
}
