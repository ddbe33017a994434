using System.Globalization;
using Itra.Domain;

namespace Itra.Tracking.Retention;

/// <summary>Which checkpoints of a run stay: the best by mean recall, the last, and in any case those that are pinned.</summary>
/// <param name="Best">How many; of a run without scores, so many of its last.</param>
public sealed record KeepRule(int Best, int Last)
{
    private const string Pinned = "pinned", Forms = "best:N, last:N and pinned, such as best:3,last:1,pinned";

    /// <exception cref="UserErrorException">The text is no such rule.</exception>
    public static KeepRule Parse(string text)
    {
        var rule = new KeepRule(0, 0);
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            rule = (word.Split(':'), word) switch
            {
                (["best", var n], _) when Number(n) is { } best => rule with { Best = best },
                (["last", var n], _) when Number(n) is { } last => rule with { Last = last },
                // Said for the reader's sake: they stay anyway.
                (_, Pinned) => rule,
                _ => throw new UserErrorException($"'{word}' does not say what to keep: write {Forms}"),
            };
        }
        return rule;
    }

    public override string ToString() => string.Join(',', new[] { Best > 0 ? $"best:{Best}" : "", Last > 0 ? $"last:{Last}" : "", Pinned }.Where(w => w.Length > 0));

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
