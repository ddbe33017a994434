using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Fuzz.Tests.Yaml;

internal sealed class SettingsParser : IParser
{
    /// <summary>What YAML is made of.</summary>
    public static readonly IReadOnlyList<string> Marks =
    [
        ": ", "- ", "\n", "  ", "\t", "&a ", "*a", "<<: *a", "!!python/object/apply:os.system ", "!!int ", "!!binary ", "? ", "| ", "> ", "|2-\n", "[", "]", "{", "}", ", ", "\"", "'", "\\u0000", "\"\\ud800\"", "#", "---\n", "...\n",
        "%YAML 1.1\n---\n", "%TAG ! tag:x,2000:\n", "@", "`", "~", "null", ".inf", "0x1f", "\xef\xbb\xbf", "\xff", "\x00", "[[", "{a: ", "- - ", "\r", "\xc2\x85",
    ];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "image_model: RN50\nlr: 1.0e-05\nopt_betas:\n- 0.9\n- 0.98\nlock_image_model: true\nepochs: null\n"u8.ToArray(),
        "# a comment\nname: \"custom name\"\ntext-model: 'RN50'\nlr: 0.2 # behind\nopt_betas: [0.9, 0.98]\nrank: 0\nuse_bn_sync: False\n"u8.ToArray(),
        "---\nname: >-\n  two\n  lines\ntrain_data: &data mscoco_captions\nretrieval_data: *data\n"u8.ToArray(),
    ];

    public IReadOnlyList<string> Tokens { get; } = [.. Marks, "lr", "name", "epochs: ", "opt_betas: "];

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            var values = SettingsFile.Read(path).Values;
            MustReadAgain(values, path + ".again");
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }

    private static void MustReadAgain(IReadOnlyDictionary<string, string> values, string path)
    {
        if (values.Count == 0) return;
        try
        {
            File.WriteAllLines(path, values.Select(v => $"{v.Key}: {Quoted(v.Value)}"));
            var again = SettingsFile.Read(path).Values;
            if (!again.OrderBy(v => v.Key, StringComparer.Ordinal).SequenceEqual(values.OrderBy(v => v.Key, StringComparer.Ordinal))) throw new InvalidOperationException("other settings come back");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Quoted(string value) => $"\"{string.Concat(value.Select(c => c is '"' or '\\' || c is < ' ' or > '~' ? $"\\u{(int)c:x4}" : c.ToString()))}\"";
}
