using System.Globalization;
using Itra.Domain;

namespace Itra.Cli.Arguments;

/// <summary>A flag of the original program that is no setting of Itra.</summary>
/// <param name="Because">Why it changes nothing, or why it is refused.</param>
/// <param name="IsRefused">Leaving it out would make another run than was asked for.</param>
/// <param name="Default">The original's; empty for none.</param>
internal sealed record OriginalFlag(string Name, FlagArity Arity, string Because, bool IsRefused, string Default)
{
    public string Key { get; } = Name.Replace('-', '_');

    public FlagSyntax Syntax => new(Name, Key, Arity) { IsOffered = false };

    /// <returns>What to tell somebody who gave it and whose run is the same with or without it.</returns>
    /// <exception cref="UserErrorException">The run would be another one.</exception>
    public string Answer(string value) => IsRefused && Asks(value) ? throw new UserErrorException($"--{Name}: {Because}") : $"--{Name} changes nothing: {(IsRefused ? $"{value} is its default" : Because)}";

    /// <summary>True if the value is not what the original does by itself.</summary>
    public bool Asks(string value) => Arity == FlagArity.Switch ? value == FlagParser.SwitchedOn && Default != FlagParser.SwitchedOn : value.Length > 0 && !IsDefault(value);

    private bool IsDefault(string value) => value == Default || (Number(value) is { } number && number == Number(Default));

    private static double? Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}
