using Itra.Cli.Sweeps;
using Itra.Domain;

namespace Itra.Fuzz.Tests.Yaml;

internal sealed class RecipeParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "title: a\nmetric: m\nalso: [n, o]\npicture: {x: lr, scale: log}\nbase: {lr: 1e-5, epochs: 3}\ntrials:\n- name: one\n  set: {lr: 1}\n  trainable: 12\n  published: {m: 1.5, n: null}\n- name: two\n"u8.ToArray(),
        "title: \"b\"\nguide: |\n  text\nmetric: m\ntrials: [{name: a, set: {lr: ''}}, {name: b, published: {}}]\n"u8.ToArray(),
    ];

    public IReadOnlyList<string> Tokens { get; } = [.. SettingsParser.Marks, "title: ", "trials: ", "set: ", "published: ", "scale: log", "name: ", "base: ", "trainable: "];

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            var recipe = RecipeFile.Load(path);
            if (recipe.Metrics.Any(m => m is null) || recipe.Trials.Any(t => t.Name is null || t.Settings.Values.Any(v => v is null))) throw new InvalidOperationException("something has no name");
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }
}
