namespace Itra.Cli.Output;

/// <summary>A column of an answer.</summary>
/// <param name="Heading">In snake_case, as the JSON has it; people see it with blanks.</param>
/// <param name="Text">The cell; empty if there is nothing to say.</param>
/// <param name="IsNumber">Set flush right.</param>
internal sealed record Column<T>(string Heading, Func<T, string> Text, bool IsNumber = false);
