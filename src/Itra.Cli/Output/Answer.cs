using Spectre.Console;

namespace Itra.Cli.Output;

/// <summary>One answer in three dresses: JSON if asked for, a table on a terminal, tab-separated lines in a pipe.</summary>
internal sealed class Answer(Terminal terminal, bool asJson)
{
    public bool IsJson => asJson;

    public bool IsForPeople => !asJson && terminal.IsInteractive;

    /// <summary>Characters on a line of the terminal.</summary>
    public int Width => terminal.Width;

    /// <param name="whenEmpty">Told to people instead of an empty table.</param>
    public void Rows<T>(IReadOnlyList<T> rows, string whenEmpty, params IReadOnlyList<Column<T>> columns)
    {
        if (asJson) Json(rows);
        else if (!terminal.IsInteractive)
        {
            Heading(columns);
            Lines(rows, columns);
        }
        else if (rows.Count == 0) terminal.Out.WriteLine(whenEmpty);
        else Write(Table(rows, columns, terminal.Width));
    }

    /// <summary>The same for rows that come page by page and may be more than memory holds.</summary>
    public async Task PagesAsync<T>(IAsyncEnumerable<IReadOnlyList<T>> pages, string whenEmpty, Func<IReadOnlyList<T>, IReadOnlyList<Column<T>>> columns, CancellationToken cancellation)
    {
        var count = 0;
        await foreach (var page in pages.WithCancellation(cancellation))
        {
            if (asJson)
                foreach (var row in page) terminal.Verbatim.Write($"{(count++ == 0 ? "[\n" : ",\n")}{JsonAnswer.Write(row)}");
            else if (!terminal.IsInteractive && count > 0) Lines(page, columns(page));
            else Rows(page, whenEmpty, columns(page));
            if (!asJson) count += page.Count;
        }
        if (asJson) terminal.Verbatim.WriteLine(count == 0 ? "[]" : "\n]");
        else if (count == 0) Rows([], whenEmpty, columns([]));
    }

    public void Json<T>(T value) => terminal.Verbatim.WriteLine(JsonAnswer.Write(value));

    public void Write(Spectre.Console.Rendering.IRenderable picture)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Verbatim) });
        console.Profile.Width = terminal.Width;
        console.Write(new PrintablePicture(picture));
    }

    public static Table Table<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns, int width)
    {
        var table = new Table { Border = TableBorder.Horizontal };
        var shown = TableRoom.Of(rows, columns, width);
        foreach (var (column, room) in shown)
        {
            var heading = new TableColumn(new Text(column.Label, new Style(decoration: Decoration.Bold)) { Overflow = Overflow.Ellipsis })
            {
                NoWrap = !column.Shrinks, Width = room, Padding = new Padding(0, 0, 1, 0),
            };
            table.AddColumn(column.IsNumber ? heading.RightAligned() : heading);
        }
        foreach (var row in rows) table.AddRow(shown.Select(c => new Text(c.Column.Text(row)) { Overflow = Overflow.Ellipsis }));
        return table;
    }

    private void Heading<T>(IReadOnlyList<Column<T>> columns) => terminal.Out.WriteLine(string.Join('\t', columns.Select(c => c.Heading)));

    private void Lines<T>(IReadOnlyList<T> rows, IReadOnlyList<Column<T>> columns)
    {
        foreach (var row in rows) terminal.Out.WriteLine(string.Join('\t', columns.Select(c => Flat(c.IsNumber ? Plain(c.Text(row)) : c.Text(row)))));
    }

    // For programs: they read 1356917, not 1,356,917.
    private static string Plain(string number) => number.Replace(",", "");

    private static string Flat(string cell) => cell.Replace('\t', ' ').Replace('\n', ' ').Replace('\r', ' ');
}
