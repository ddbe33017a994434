using Itra.Domain.Training;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Output;

/// <summary>A comparison for people: every run has a letter, and every table says only what differs.</summary>
internal static class ComparisonPage
{
    /// <summary>Most runs that are compared, so that a letter is enough.</summary>
    public const int MostRuns = 20;

    private const int LongestPath = 30;

    // Where a value came from is told while there is room for it.
    private const int MostRowsWithOrigins = 2;

    public static void Write(RunComparison c, Answer answer, TextWriter say)
    {
        if (!answer.IsForPeople)
        {
            answer.Rows(ComparisonLines.Of(c), "",
                [new("section", l => l.Section), new("what", l => l.What), .. c.Rows.Select((r, i) => new Column<ComparisonLine>(string.Join('+', r.RunIds), l => l.Cells[i]))]);
            return;
        }
        answer.Rows(c.Rows, "", Results(c));
        foreach (var table in c.Scores)
        {
            say.WriteLine($"{table.Dataset} ({Digest.Short(table.DatasetDigest)}), percent");
            answer.Rows(ScoreLine.Of(table), "", Scores(c, table));
        }
        if (c.Scores.Count > 0) say.WriteLine("* best of its column");
        foreach (var alone in c.Unshared) say.WriteLine($"only {Letter(c, alone.RunId)} was measured on {alone.Dataset} ({Digest.Short(alone.DatasetDigest)}): those scores compare with none here");
        Differences(c, answer, say);
        Curves(c, answer);
        foreach (var stream in c.Streams) say.WriteLine($"{Letter(c, stream.RunId)} against {Letter(c, stream.Against)}: {StreamWords.Of(stream)}");
    }

    private static void Differences(RunComparison c, Answer answer, TextWriter say)
    {
        var lines = ComparisonLines.Differences(c);
        if (lines.Count == 0) say.WriteLine("no setting, no code, no data and no package differs");
        else
            answer.Rows(lines, "",
            [
                new("differs", l => l.Section), new("what", l => l.What),
                .. c.Rows.Select((r, i) => new Column<ComparisonLine>(Letters(c, r), l => Ending(Digest.Short(l.Cells[i])) + Origin(c, l, i)) { Shrinks = true }),
            ]);
    }

    /// <summary>Long paths differ at their end.</summary>
    private static string Ending(string value) => value.Contains('/') && value.Length > LongestPath ? "…" + value[^LongestPath..] : value;

    private static string Origin(RunComparison c, ComparisonLine line, int row) =>
        c.Rows.Count <= MostRowsWithOrigins && line.Section == ComparisonLines.Settings && c.Rows[row].RunIds is [var run]
        && c.Settings.First(s => s.Setting == line.What).Origins[c.RunIds.ToList().IndexOf(run)] is { } origin ? $" ({origin})" : "";

    private static List<Column<ResultRow>> Results(RunComparison c)
    {
        var (fastest, shortest) = (Best.Of([.. c.Rows.Select(r => r.ImagesPerSecond?.Mean)]), Best.Of([.. c.Rows.Select(r => r.Seconds?.Mean)], lowest: true));
        string Mark(ResultRow row, IReadOnlyList<int> best) => best.Contains(c.Rows.ToList().IndexOf(row)) ? "*" : "";
        return
        [
            new("row", r => Letters(c, r)) { Label = " " }, new("run", r => r.RunIds is [var id] ? id : $"{r.RunIds.Count} seeds"), new("name", r => r.Name) { Shrinks = true },
            new("status", r => string.Join(", ", r.Statuses.Distinct()).ToLowerInvariant()), new("epochs", r => string.Join(", ", r.Epochs.Distinct()), IsNumber: true),
            new("took", r => (r.Seconds is { } s ? Form.Duration(TimeSpan.FromSeconds(s.Mean)) : "") + Mark(r, shortest), IsNumber: true),
            new("images/s", r => $"{r.ImagesPerSecond?.Mean:F1}{Mark(r, fastest)}", IsNumber: true), new("trainable", r => Form.Count(r.Trainable), IsNumber: true) { Yields = 1 },
        ];
    }

    private enum Told { Last, Deviation, Best }

    /// <param name="Row">Place of the row.</param>
    private sealed record ScoreLine(int Row, Told Told)
    {
        /// <summary>Best epochs are left out where they are the last ones throughout.</summary>
        public static IReadOnlyList<ScoreLine> Of(ScoreTable table)
        {
            IEnumerable<ScoreLine> Lines(Told told, Func<ScoreCell, bool> shown) =>
                Enumerable.Range(0, table.Columns[0].Cells.Count).Where(row => table.Columns.Any(m => m.Cells[row] is { } s && shown(s))).Select(row => new ScoreLine(row, told));
            var differ = table.Columns.Any(m => m.Cells.Any(s => s is not null && s.Last != s.Best));
            return [.. Lines(Told.Last, _ => true).Concat(Lines(Told.Deviation, s => s.Last.Deviation is not null)).OrderBy(l => l.Row), .. Lines(Told.Best, _ => differ)];
        }

        public string Cell(ScoreColumn column) => column.Cells[Row] is not { } s ? "" : Told switch
        {
            Told.Last => Form.Percent(s.Last.Mean) + (column.BestByLast.Contains(Row) ? "*" : ""),
            Told.Deviation => Form.Percent(s.Last.Deviation),
            _ => Form.Percent(s.Best.Mean) + (column.BestByBest.Contains(Row) ? "*" : ""),
        };
    }

    private static List<Column<ScoreLine>> Scores(RunComparison c, ScoreTable table) =>
    [
        new("row", l => l.Told == Told.Deviation ? "" : Letters(c, c.Rows[l.Row])) { Label = " " },
        new("of", l => l.Told switch { Told.Last => "last", Told.Best => "best", _ => "± sd" }) { Label = "epoch" },
        .. table.Columns.OrderBy(m => m.Metric == RetrievalScores.MeanRecallMetric ? 0 : 1)
            .Select(m => new Column<ScoreLine>(m.Metric, l => l.Cell(m), IsNumber: true) { Label = ScoreColumns.Label(m.Metric, table.Dataset) }),
    ];

    private sealed record Line(CurveOverlay Overlay, CurveLine Curve);

    private static void Curves(RunComparison c, Answer answer)
    {
        List<Line> lines = [.. c.Curves.SelectMany(o => o.Lines.Select(l => new Line(o, l)))];
        if (lines.Count == 0) return;
        answer.Rows(lines, "",
        [
            new("curve", l => l.Curve == l.Overlay.Lines[0] ? l.Overlay.Metric : "") { Shrinks = true, Least = 20 }, new("row", l => Letter(c, l.Curve.RunId)) { Label = " " },
            new("over", l => Sparkline.On(l.Curve.Points, l.Overlay.Low, l.Overlay.High)) { Label = "on one scale and one axis" },
            new("last", l => $"{l.Curve.Last:G4}", IsNumber: true), new("to", l => l.Curve == l.Overlay.Lines[0] ? $"{l.Overlay.Over} {l.Overlay.Last}" : "", IsNumber: true) { Yields = 1 },
        ]);
    }

    private static string Letter(RunComparison c, string runId) => ((char)('A' + c.RunIds.ToList().IndexOf(runId))).ToString();

    private static string Letters(RunComparison c, ResultRow row) => string.Concat(row.RunIds.Select(id => Letter(c, id)));
}
