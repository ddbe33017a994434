using System.Buffers;

namespace Itra.Cli.Arguments;

/// <summary>Words as one would type them in a POSIX shell.</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Harmless =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%^");

    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.AsSpan().IndexOfAnyExcept(Harmless) < 0 ? word : "'" + word.Replace("'", "'\\''") + "'";
}
