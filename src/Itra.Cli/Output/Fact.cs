namespace Itra.Cli.Output;

/// <summary>Something to tell about a run. Facts of one name follow each other; people see the name once.</summary>
/// <param name="What">In snake_case, as a pipe has it.</param>
internal sealed record Fact(string What, string Value);
