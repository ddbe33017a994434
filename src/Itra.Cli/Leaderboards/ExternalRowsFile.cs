using Itra.Domain;
using Itra.Domain.Leaderboards;

namespace Itra.Cli.Leaderboards;

/// <summary>Reads rows that other people report from YAML.</summary>
internal static class ExternalRowsFile
{
    private static readonly Dictionary<string, string[]> Keys = new() { [nameof(Page)] = ["title", "source", "rows"], [nameof(RowPage)] = ["name", "source", "note", "scores"] };

    /// <exception cref="UserErrorException">The file is missing or not of this form; the message says where.</exception>
    public static IReadOnlyList<ExternalRow> Load(string path)
    {
        var page = YamlPage.Load<Page>(path, "file of external rows", Keys);
        if (page.Rows is not { Count: > 0 }) throw new UserErrorException($"{path} has no rows: docs/leaderboards.md shows such a file");
        return [.. page.Rows.Select((row, i) => Row(row, page.Source, $"{path}, row {i + 1}"))];
    }

    private static ExternalRow Row(RowPage row, string? source, string place)
    {
        if (string.IsNullOrWhiteSpace(row.Name)) throw new UserErrorException($"{place}: it has no name");
        if (row.Source is null && source is null) throw new UserErrorException($"{place}: nobody can tell where the figures are from: give it a source");
        if (row.Scores is not { Count: > 0 }) throw new UserErrorException($"{place}: it has no scores");
        if (row.Scores.FirstOrDefault(s => !double.IsFinite(s.Value)) is { Key: { } metric }) throw new UserErrorException($"{place}: {metric} is no number; leave out what is not reported");
        return new ExternalRow(row.Name!, row.Source ?? source!, row.Scores) { Note = row.Note };
    }

    // As the file has it.

    private sealed record Page
    {
        public string? Title { get; init; }
        public string? Source { get; init; }
        public List<RowPage>? Rows { get; init; }
    }

    private sealed record RowPage
    {
        public string? Name { get; init; }
        public string? Source { get; init; }
        public string? Note { get; init; }
        public Dictionary<string, double>? Scores { get; init; }
    }
}
