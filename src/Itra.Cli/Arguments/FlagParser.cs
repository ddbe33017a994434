using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Arguments;

/// <summary>
/// Flags as argparse reads them: <c>--flag value</c>, <c>--flag=value</c>, switches by their presence, unambiguous prefixes.
/// Beyond that hyphen and underscore are the same, and an unknown flag is an error.
/// </summary>
internal sealed class FlagParser(IReadOnlyList<FlagSyntax> flags)
{
    public const string SwitchedOn = "true";

    private readonly Dictionary<string, FlagSyntax> bySpelling = flags.ToDictionary(f => f.Spelling);

    /// <returns>The values that were given, by key; of a flag given twice, the last. Several values of one flag are parted by a blank.</returns>
    /// <exception cref="UserErrorException">What was typed is wrong; the message says what to type instead.</exception>
    public IReadOnlyDictionary<string, string> Parse(IReadOnlyList<string> tokens)
    {
        if (PastedText.Correct(tokens, IsFlag) is { } corrected)
            throw new UserErrorException($"the command has typographic dashes or quotes, or lacks a blank; did you mean: itra train {ShellWords.Join(corrected)}");

        var values = new Dictionary<string, string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (!tokens[i].StartsWith("--", StringComparison.Ordinal)) throw new UserErrorException(Stray(tokens, i));
            var (name, attached) = Split(tokens[i][2..]);
            var flag = Find(name);
            values[flag.Key] = flag.Arity switch
            {
                FlagArity.Switch when attached is not null => throw new UserErrorException($"--{flag.Name} takes no value: leave out '={attached}'"),
                FlagArity.Switch => SwitchedOn,
                _ when attached is not null => attached,
                FlagArity.One => i + 1 < tokens.Count && IsValue(tokens[i + 1]) ? tokens[++i] : throw Missing(flag),
                _ => string.Join(' ', TakeValues(tokens, ref i) is { Count: > 0 } many ? many : throw Missing(flag)),
            };
        }
        return values;
    }

    private FlagSyntax Find(string typed)
    {
        var spelling = FlagSyntax.Normalise(typed);
        if (bySpelling.TryGetValue(spelling, out var exact)) return exact;
        var begun = flags.Where(f => spelling.Length > 0 && f.Spelling.StartsWith(spelling, StringComparison.Ordinal)).ToList();
        return begun switch
        {
            [var only] => only,
            [_, ..] => throw new UserErrorException($"--{typed} is short for several flags: {string.Join(", ", begun.Take(6).Select(f => "--" + f.Name))}"),
            _ => throw new UserErrorException($"unknown flag --{typed}; the nearest known one is --{Nearest.To(typed, flags.Where(f => f.IsOffered).Select(f => f.Name))} (`itra train --help` lists them all)"),
        };
    }

    private bool IsFlag(string name) => bySpelling.ContainsKey(FlagSyntax.Normalise(name));

    private static List<string> TakeValues(IReadOnlyList<string> tokens, ref int i)
    {
        List<string> values = [];
        while (i + 1 < tokens.Count && IsValue(tokens[i + 1])) values.Add(tokens[++i]);
        return values;
    }

    /// <summary>A negative number is a value, although it begins with a dash.</summary>
    private static bool IsValue(string token) =>
        token.Length < 2 || token[0] != '-' || double.TryParse(token, out _);

    private static (string Name, string? Value) Split(string text) =>
        text.IndexOf('=') is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);

    private static string Stray(IReadOnlyList<string> tokens, int i) => tokens[i] switch
    {
        ['-', _, ..] single => $"flags begin with two dashes: write -{single}",
        var word when i > 0 => $"'{word}' belongs to no flag; if it is part of a value, put the value in quotes, otherwise leave it out",
        var word => $"'{word}' is not a flag; `itra train --help` lists them",
    };

    private static UserErrorException Missing(FlagSyntax flag) => new($"--{flag.Name} needs a value");
}
