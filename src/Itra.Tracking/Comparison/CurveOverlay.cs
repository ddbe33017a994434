namespace Itra.Tracking.Comparison;

/// <summary>One metric of several runs over the same steps, on the same scale.</summary>
/// <param name="Over"><c>step</c> or <c>epoch</c>.</param>
/// <param name="First">Where the curves begin, and where the longest ends.</param>
/// <param name="Low">Lowest point of any line.</param>
/// <param name="Lines">One per run that has the metric.</param>
public sealed record CurveOverlay(string Metric, string Over, long First, long Last, double Low, double High, IReadOnlyList<CurveLine> Lines)
{
    /// <summary>Most points of a line.</summary>
    public const int Points = 40;

    /// <param name="curves">Ascending places, and as many values.</param>
    /// <returns>Null if there is no value that could be drawn.</returns>
    internal static CurveOverlay? Of(string metric, string over, IReadOnlyList<(string RunId, IReadOnlyList<long> At, IReadOnlyList<double> Values)> curves)
    {
        var drawn = curves.Where(c => c.Values.Any(double.IsFinite)).ToList();
        if (drawn.Count == 0) return null;
        long first = drawn.Min(c => c.At[0]), last = drawn.Max(c => c.At[^1]);
        var points = (int)Math.Min(Points, last - first + 1);
        List<CurveLine> lines = [.. drawn.Select(c => CurveLine.Of(c.RunId, c.At, c.Values, first, last, points))];
        var shown = lines.SelectMany(l => l.Points).OfType<double>().ToList();
        return new CurveOverlay(metric, over, first, last, shown.Min(), shown.Max(), lines);
    }

    internal static IReadOnlyList<CurveOverlay> Of(IReadOnlyList<ComparedRun> runs, IReadOnlyList<ScoreTable> tables)
    {
        var metrics = runs.SelectMany(r => r.Curves.Select(c => c.Metric)).Distinct();
        var logged = metrics.Select(metric => Of(metric, "step",
            [.. runs.SelectMany(r => r.Curves.Where(c => c.Metric == metric).Select(c => (r.Id, c.Steps, c.Values)))]));
        // What a data set's metrics are summed up in is the shortest of their names: mean recall, accuracy.
        var scored = tables.Select(t => (Table: t, Metric: t.Columns.MinBy(c => c.Metric.Length)!.Metric)).Select(s => Of(s.Metric, "epoch",
            [.. runs.Select(r => (r.Id, Scores: r.Measurements.Where(m => m.DatasetDigest == s.Table.DatasetDigest && m.Metric == s.Metric).OrderBy(m => m.Epoch).ToList()))
                .Select(r => (r.Id, (IReadOnlyList<long>)[.. r.Scores.Select(m => (long)m.Epoch)], (IReadOnlyList<double>)[.. r.Scores.Select(m => m.Value)]))]));
        return [.. logged.Concat(scored).OfType<CurveOverlay>()];
    }
}

/// <param name="Points">Means over equal stretches; null where the run has no value.</param>
/// <param name="Last">The last value itself.</param>
public sealed record CurveLine(string RunId, double Last, IReadOnlyList<double?> Points)
{
    internal static CurveLine Of(string runId, IReadOnlyList<long> at, IReadOnlyList<double> values, long first, long last, int points)
    {
        var (sums, counts) = (new double[points], new int[points]);
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i])) continue;
            var place = (int)((at[i] - first) * points / (last - first + 1));
            sums[place] += values[i];
            counts[place]++;
        }
        return new CurveLine(runId, values[^1], [.. sums.Select((sum, i) => counts[i] == 0 ? (double?)null : sum / counts[i])]);
    }
}
