namespace Itra.Cli.Arguments;

internal enum FlagArity { Switch, One, Many }

/// <summary>How a flag is written. Whether its value makes sense is for whoever asked for it.</summary>
/// <param name="Name">With hyphens or underscores, without the leading dashes.</param>
/// <param name="Key">Under which its value is handed on.</param>
internal sealed record FlagSyntax(string Name, string Key, FlagArity Arity)
{
    /// <summary>False for what is only known in order to be answered: nobody is pointed to it.</summary>
    public bool IsOffered { get; init; } = true;

    /// <summary>Hyphens and underscores are the same to us, as nobody remembers which flag has which.</summary>
    public string Spelling { get; } = Normalise(Name);

    public static string Normalise(string name) => name.Replace('_', '-');
}
