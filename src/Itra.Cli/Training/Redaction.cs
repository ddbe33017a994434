using System.Collections;
using System.Text.RegularExpressions;

namespace Itra.Cli.Training;

/// <summary>
/// Takes secrets out of what is recorded or logged: values of flags and variables whose name says so, passwords in connection
/// strings and addresses, and wherever they turn up, the values that the environment keeps secret.
/// </summary>
internal sealed partial class Redaction
{
    public const string Mask = "***";
    private const int ShortestSecret = 6;
    private static readonly string[] Telling = ["key", "secret", "token", "password", "passwd", "pwd", "passphrase", "credential", "jwt"];

    // Where a shell is and was. As a secret it would take the folder out of every path, and out of the command that reproduces a run.
    private static readonly string[] WorkingDirectories = ["PWD", "OLDPWD"];
    private readonly string[] secrets;

    /// <param name="environment">Variables by name, as <see cref="Environment.GetEnvironmentVariables()"/> gives them.</param>
    public Redaction(IDictionary environment) => secrets =
    [
        .. environment.Cast<DictionaryEntry>()
            .SelectMany(e => SecretsIn((string)e.Key, e.Value as string ?? ""))
            .Where(s => s.Length >= ShortestSecret)
            .Distinct().OrderByDescending(s => s.Length)
    ];

    public static bool NamesASecret(string name) =>
        // The guide's flags name columns of a table so: --csv-img-key filename.
        !name.Contains("csv", StringComparison.OrdinalIgnoreCase)
        && Array.Exists(Telling, t => name.Contains(t, StringComparison.OrdinalIgnoreCase));

    /// <summary>A line of text, such as a log message.</summary>
    public string Text(string text)
    {
        text = UserInfo().Replace(text, $"$1{Mask}@");
        text = Assignment().Replace(text, m => NamesASecret(m.Groups[1].Value) ? m.Groups[1].Value + m.Groups[2].Value + Mask : m.Value);
        text = Bearer().Replace(text, $"$1 {Mask}");
        return secrets.Aggregate(text, (t, secret) => t.Replace(secret, Mask, StringComparison.Ordinal));
    }

    /// <summary>The words of a command line, each in its place.</summary>
    public IReadOnlyList<string> CommandLine(IReadOnlyList<string> words)
    {
        var redacted = new string[words.Count];
        for (var i = 0; i < words.Count; i++)
        {
            var isValueOfSecret = i > 0 && !words[i].StartsWith("--", StringComparison.Ordinal)
                && words[i - 1].StartsWith("--", StringComparison.Ordinal) && !words[i - 1].Contains('=') && NamesASecret(words[i - 1]);
            redacted[i] = isValueOfSecret ? Mask : Text(words[i]);
        }
        return redacted;
    }

    private static IEnumerable<string> SecretsIn(string name, string value)
    {
        if (WorkingDirectories.Contains(name)) yield break;
        if (NamesASecret(name)) yield return value;
        if (UserInfo().Match(value) is { Success: true } address) yield return address.Groups[2].Value;
        foreach (Match part in Assignment().Matches(value))
            if (NamesASecret(part.Groups[1].Value)) yield return part.Groups[3].Value.Trim('"', '\'');
    }

    /// <summary>scheme://user:password@</summary>
    [GeneratedRegex(@"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:)([^\s@/]+)@")]
    private static partial Regex UserInfo();

    /// <summary>Name = value, up to the end of the word or of the part of a connection string.</summary>
    [GeneratedRegex("""([A-Za-z][A-Za-z0-9_\-]*)(\s*=\s*)("[^"]*"|'[^']*'|[^\s;&"']+)""")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}")]
    private static partial Regex Bearer();
}
