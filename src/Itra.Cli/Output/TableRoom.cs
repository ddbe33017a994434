namespace Itra.Cli.Output;

/// <summary>Which columns of a table a terminal has room for, and how much: a number that is cut off is worse than none.</summary>
internal static class TableRoom
{
    // A blank before each cell and one behind it, and one at the edge.
    private const int BesideCell = 2, Edge = 1;

    /// <param name="width">Of the terminal, in characters.</param>
    /// <returns>The columns that are shown, and how wide their cells are.</returns>
    public static IReadOnlyList<(Column<T> Column, int Width)> Of<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns, int width)
    {
        List<Cells<T>> shown = [.. columns.Where(c => c.Label.Length > 0).Select(c => new Cells<T>(c, rows.Select(r => c.Text(r).Length).Append(c.Label.Length).Max()))];
        while (Room(shown, width) < 0 && shown.Max(c => c.Column.Yields) is > 0 and var first) shown.RemoveAll(c => c.Column.Yields == first);
        var room = Math.Max(0, Room(shown, width));
        var widths = shown.ToDictionary(c => c.Column, c => c.Least);
        // Those that want little get it first.
        foreach (var cells in shown.OrderBy(c => c.Whole - c.Least))
        {
            var more = Math.Min(room, cells.Whole - cells.Least);
            widths[cells.Column] += more;
            room -= more;
        }
        return [.. shown.Select(c => (c.Column, widths[c.Column]))];
    }

    private static int Room<T>(List<Cells<T>> shown, int width) => width - Edge - shown.Sum(c => c.Least + BesideCell);

    private sealed record Cells<T>(Column<T> Column, int Whole)
    {
        public int Least => Column.Shrinks ? Math.Min(Whole, Column.Least) : Whole;
    }
}
