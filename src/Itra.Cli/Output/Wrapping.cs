namespace Itra.Cli.Output;

/// <summary>Text in lines of a certain width.</summary>
internal static class Wrapping
{
    /// <summary>Breaks at blanks; a word that is longer than a line is broken itself.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var rest = text.Trim();
        while (rest.Length > width)
        {
            var cut = rest.LastIndexOf(' ', width);
            var line = cut > 0 ? rest[..cut] : rest[..width];
            yield return line;
            rest = rest[line.Length..].TrimStart();
        }
        yield return rest;
    }

    public static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width - 1)] + "…";
}
