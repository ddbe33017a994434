namespace Itra.Cli.Output;

/// <summary>A column of an answer.</summary>
/// <param name="Heading">In a pipe: snake_case or a metric's name, as the JSON has it.</param>
/// <param name="Text">The cell; empty if there is nothing to say.</param>
/// <param name="IsNumber">Set flush right.</param>
internal sealed record Column<T>(string Heading, Func<T, string> Text, bool IsNumber = false)
{
    /// <summary>What people read instead of the heading; empty if the column is not for them.</summary>
    public string Label { get; init; } = Heading.Replace('_', ' ');

    /// <summary>Gives way where the terminal is narrow; the other columns are shown whole.</summary>
    public bool Shrinks { get; init; }

    /// <summary>How far a column that shrinks does so before others are left out.</summary>
    public int Least { get; init; } = 12;

    /// <summary>Left out where the terminal is too narrow, those with the highest number first; 0: never.</summary>
    public int Yields { get; init; }
}
