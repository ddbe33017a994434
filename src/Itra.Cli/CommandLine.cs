using System.CommandLine;
using System.CommandLine.Parsing;
using Itra.Cli.Help;
using Itra.Trainer.Clip;

namespace Itra.Cli;

/// <summary>Runs one command: parses, reports what is wrong in one line, turns the outcome into an exit code.</summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    // Signals are for whoever trains (Interruption), exceptions for Failure.
    private static readonly InvocationConfiguration Invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    public static async Task<int> RunAsync(RootCommand root, Session session)
    {
        if (session.Words is [] or ["--help" or "-h" or "-?" or "help"])
        {
            session.Terminal.Out.Write(Overview.Text);
            return ExitCode.Done;
        }
        try
        {
            var parsed = root.Parse(Shielded(session.Words), Parsing);
            if (FlagInPlaceOfWord(parsed, session.Words) is { } flag) return Refuse(UnknownFlag(flag, parsed.CommandResult.Command), parsed, session);
            return parsed.Errors.Count == 0 ? await parsed.InvokeAsync(Invocation) : Refuse(parsed, session);
        }
        catch (Exception e)
        {
            return Failure.Report(e, session);
        }
    }

    /// <summary>Flags of training are read as argparse reads them, not by this parser.</summary>
    private static string[] Shielded(string[] words) => words switch
    {
        ["train", .. var flags] => ["train", "--", .. flags],
        ["runs", "branch", .. var flags] => ["runs", "branch", "--", .. flags],
        ["data", "check", .. var flags] => ["data", "check", "--", .. flags],
        ["models", "params", .. var flags] => ["models", "params", "--", .. flags],
        _ => words,
    };

    private static int Refuse(ParseResult parsed, Session session)
    {
        var command = parsed.CommandResult.Command;
        var known = command.Subcommands.Select(c => c.Name).ToList();
        var path = Path(parsed.CommandResult);
        var wrong = (known.Count > 0, parsed.UnmatchedTokens) switch
        {
            (true, [var flag, ..]) when flag.StartsWith('-') && command.Action is not null => UnknownFlag(flag, command),
            (true, [var word, ..]) when !word.StartsWith('-') => $"there is no `{path} {word}`; the nearest is `{path} {Nearest.To(word, known)}`",
            (true, _) => $"`{path}` needs one more word: {string.Join(", ", known)}",
            (false, [var flag, ..]) when flag.StartsWith('-') && OptionsOf(command).Count > 0 => UnknownFlag(flag, command),
            _ => string.Join(' ', parsed.Errors[0].Message.TrimEnd('.').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
        };
        return Refuse(wrong, parsed, session);
    }

    private static int Refuse(string wrong, ParseResult parsed, Session session)
    {
        session.Terminal.Error.WriteLine($"itra: {wrong} (`{Path(parsed.CommandResult)} --help` says more)");
        return ExitCode.WrongInput;
    }

    /// <summary>What looks like a flag and is none, the parser takes for a run, a name or a file. Behind <c>--</c> it may be one.</summary>
    private static string? FlagInPlaceOfWord(ParseResult parsed, IReadOnlyList<string> words) => words.Contains("--") || OptionsOf(parsed.CommandResult.Command).Count == 0 || !Shielded([.. words]).SequenceEqual(words) ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).FirstOrDefault(v => v is ['-', not (>= '0' and <= '9'), ..]);

    private static string Path(CommandResult result) =>
        result.Command is RootCommand ? "itra" : $"{(result.Parent is CommandResult parent ? Path(parent) : "itra")} {result.Command.Name}";

    private static string UnknownFlag(string flag, Command command) => $"unknown flag {flag}; the nearest known one is {Nearest.To(flag, OptionsOf(command))}";

    private static List<string> OptionsOf(Command command) => [.. command.Options.Select(o => o.Name)];
}
