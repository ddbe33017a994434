using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Itra.Trainer.Data.Cleaning;

/// <summary>
/// Unicode composition (NFC) of letters and the combining marks U+0300..U+036F. Written here because <c>string.Normalize</c> does
/// nothing in a program that runs without ICU. Hangul and scripts with their own marks are left as they are.
/// </summary>
internal static class Composition
{
    private static readonly FrozenDictionary<(char Letter, char Mark), char> Composed = ReadTable();

    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\u036F')) return text;

        var composed = new StringBuilder(text.Length);
        int letter = -1, lastClass = 0;
        foreach (char c in text)
        {
            // A mark is blocked from the letter by an earlier one of its own kind that stayed; U+0323 and the like sit below.
            int kind = c is >= '\u0300' and <= '\u036F' ? (IsBelow(c) ? 1 : 2) : 0;
            if (kind != 0 && letter >= 0 && kind != lastClass && Composed.TryGetValue((composed[letter], c), out var one))
            {
                composed[letter] = one;
                continue;
            }
            if (kind == 0) letter = composed.Length;
            lastClass = kind;
            composed.Append(c);
        }
        return composed.ToString();
    }

    private static bool IsBelow(char mark) =>
        mark is (>= '\u0316' and <= '\u0319') or (>= '\u031C' and <= '\u0333') or (>= '\u0339' and <= '\u033C') or '\u0345';

    // Each line of the table is a mark and then pairs: a letter, and that letter with the mark.
    private static FrozenDictionary<(char, char), char> ReadTable()
    {
        using var stream = typeof(Composition).Assembly.GetManifestResourceStream("Compositions.txt")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<(char, char), char>();
        while (reader.ReadLine() is { } line)
        {
            char mark = (char)ushort.Parse(line.AsSpan(0, 4), NumberStyles.HexNumber);
            for (int i = 5; i + 1 < line.Length; i += 2) table[(line[i], mark)] = line[i + 1];
        }
        return table.ToFrozenDictionary();
    }
}
