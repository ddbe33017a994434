namespace Itra.Cli.Demo;

/// <summary>A way to put scenes into words. Every pattern tells everything, so that a caption belongs to one scene only.</summary>
/// <param name="Beside">Patterns for a first thing {0} to the left of a second {1}.</param>
/// <param name="Above">Patterns for a first thing {0} above a second {1}; as many.</param>
internal sealed record Wording(
    IReadOnlyDictionary<Size, string> Sizes, IReadOnlyDictionary<Figure, string> Figures, IReadOnlyList<string> Beside, IReadOnlyList<string> Above)
{
    public static readonly Wording Day = new(
        new Dictionary<Size, string> { [Size.Small] = "small", [Size.Large] = "large" },
        Enum.GetValues<Figure>().ToDictionary(f => f, f => f.ToString().ToLowerInvariant()),
        [
            "a {0} to the left of a {1}",
            "a {1} to the right of a {0}",
            "a {0} on the left and a {1} on the right",
            "there is a {0} left of a {1}",
            "a {1} with a {0} on its left",
        ],
        [
            "a {0} above a {1}",
            "a {1} below a {0}",
            "a {0} at the top and a {1} at the bottom",
            "there is a {0} over a {1}",
            "a {1} with a {0} above it",
        ]);

    /// <summary>The shifted part: the same world in other words.</summary>
    public static readonly Wording Night = new(
        new Dictionary<Size, string> { [Size.Small] = "tiny", [Size.Large] = "large" },
        new Dictionary<Figure, string>(Day.Figures) { [Figure.Circle] = "disc", [Figure.Square] = "box", [Figure.Ring] = "hoop" },
        [
            "at night a {0} shines left of a {1}",
            "a {1} in the dark, to the right of a {0}",
            "left: a {0}, right: a {1}",
            "a {0} glows on the left, a {1} glows on the right",
            "a dark sky, a {1} and on its left a {0}",
        ],
        [
            "at night a {0} shines above a {1}",
            "a {1} in the dark, underneath a {0}",
            "top: a {0}, bottom: a {1}",
            "a {0} glows at the top, a {1} glows at the bottom",
            "a dark sky, a {1} and on top of it a {0}",
        ]);

    public IReadOnlyList<string> Captions(Scene scene) =>
        [.. (scene.Relation == Relation.LeftOf ? Beside : Above).Select(pattern => string.Format(pattern, Name(scene.First), Name(scene.Second)))];

    private string Name(Thing thing) => $"{Sizes[thing.Size]} {thing.Colour.ToString().ToLowerInvariant()} {Figures[thing.Figure]}";
}
