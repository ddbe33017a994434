using System.Globalization;
using Itra.Cli.Output;
using Itra.Domain.Training;
using Itra.Trainer;

namespace Itra.Cli.Demo;

/// <param name="Dark">Mean recall on the pictures that were fine-tuned for, in percent.</param>
/// <param name="Bright">The same on those that were known before.</param>
internal readonly record struct DemoPoint(double Alpha, double Dark, double Bright);

/// <summary>WiSE-FT on the demo's two kinds of pictures: what fine-tuning costs on the old kind, and how much of it a mixture of weights gives back.</summary>
/// <param name="Points">From the pre-trained weights, 0, to the fine-tuned ones, 1.</param>
internal sealed record DemoCurve(IReadOnlyList<DemoPoint> Points)
{
    public static readonly IReadOnlyList<double> Alphas = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

    // In points of mean recall.
    private const double Within = 1, Clearly = 2;

    private static readonly IReadOnlyList<Column<DemoPoint>> Columns =
    [
        new("alpha", p => p.Alpha.ToString("0.##", CultureInfo.InvariantCulture), IsNumber: true),
        new("dark_mean_recall", p => Form.Percent(p.Dark), IsNumber: true), new("bright_mean_recall", p => Form.Percent(p.Bright), IsNumber: true),
    ];

    /// <param name="bright">The set that was scored besides.</param>
    public static DemoCurve Of(WiseFtCurve curve, string bright) =>
        new([.. curve.Points.Select(p => new DemoPoint(p.Alpha, p.Scores[RetrievalScores.MeanRecallMetric], p.Scores[$"{bright}: {RetrievalScores.MeanRecallMetric}"]))]);

    /// <summary>The mixture that is best on bright pictures among those that are within a point of the fine-tuned weights on dark ones; null if none of them is clearly better on bright ones.</summary>
    public DemoPoint? Best => Points.Where(p => p.Alpha is > 0 and < 1 && p.Dark >= Points[^1].Dark - Within && p.Bright >= Points[^1].Bright + Clearly)
        .OrderByDescending(p => p.Bright).Select(p => (DemoPoint?)p).FirstOrDefault();

    public void Write(Answer answer, TextWriter say)
    {
        answer.Rows(Points, "", Columns);
        say.WriteLine($"from pre-trained to fine-tuned:  dark {Curve(p => p.Dark)}  bright {Curve(p => p.Bright)}");
        var end = Points[^1];
        say.WriteLine(Best is { } best
            ? $"Fine-tuning has cost {Points[0].Bright - end.Bright:F2} points on bright pictures. Alpha {best.Alpha:0.##} gives {best.Bright - end.Bright:F2} of them back, and on dark ones is {Than(best.Dark - end.Dark)}."
            : "No mixture of them is clearly better on bright pictures without losing more than a point on dark ones.");
    }

    private static string Than(double difference) => difference switch
    {
        < 0 => $"{-difference:F2} points below the fine-tuned weights",
        0 => "as good as the fine-tuned weights",
        _ => $"{difference:F2} points above the fine-tuned weights",
    };

    private string Curve(Func<DemoPoint, double> value) => Sparkline.Of([.. Points.Select(value)], Points.Count);
}
