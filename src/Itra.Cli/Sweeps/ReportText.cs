using Itra.Cli.Output;

namespace Itra.Cli.Sweeps;

/// <summary>Tables as text for documents and spreadsheets.</summary>
internal static class ReportText
{
    public static string Markdown(SweepReport report) =>
        $"### {report.Title}\n\n{Markdown(report.Rows, ReportColumns.Compared(report))}"
        + (Lines(report) is { Count: > 0 } lines ? $"\n{Markdown(lines, ReportColumns.Several(report))}" : "");

    /// <summary>The guide's line and ours of every trial; none if there is one metric only.</summary>
    public static IReadOnlyList<(ReportRow Row, bool Ours)> Lines(SweepReport report) =>
        [.. report.Rows.Where(r => r.Figures.Count > 1).SelectMany(r => new[] { (r, false), (r, true) })];

    /// <summary>A line per trial and metric, in the form of RFC 4180.</summary>
    public static string Csv(SweepReport report) => string.Concat(
        Cells(report).Select(c => ReportColumns.PerMetric.Select(column => column.Text(c))).Prepend(ReportColumns.PerMetric.Select(c => c.Heading))
            .Select(cells => string.Join(',', cells.Select(Quoted)) + "\r\n"));

    public static IReadOnlyList<(ReportRow Row, Figure Figure)> Cells(SweepReport report) => [.. report.Rows.SelectMany(row => row.Figures.Select(figure => (row, figure)))];

    private static string Markdown<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns)
    {
        string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(c => c.Replace("|", "\\|")))} |\n";
        return Line(columns.Select(c => c.Label)) + Line(columns.Select(c => c.IsNumber ? "--:" : ":--")) + string.Concat(rows.Select(r => Line(columns.Select(c => c.Text(r)))));
    }

    private static string Quoted(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
}
