using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Itra.Cli.Sweeps;
using Itra.Domain;

namespace Itra.Cli.Ablations;

/// <summary>A ladder as a recipe that <c>itra sweep run</c> takes.</summary>
internal static partial class LadderFile
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="remarks">What stands above it, a line each.</param>
    public static string Yaml(Recipe recipe, IEnumerable<string> remarks)
    {
        var text = new StringBuilder();
        foreach (var remark in remarks) text.Append("# ").Append(remark.ReplaceLineEndings(" ").TrimEnd()).Append('\n');
        text.Append($"title: {Scalar(recipe.Title)}\nmetric: {Scalar(recipe.Metric)}\nbase:\n");
        foreach (var (key, value) in recipe.Shared) text.Append($"  {key}: {Scalar(value)}\n");
        text.Append("trials:\n");
        foreach (var trial in recipe.Trials)
            text.Append($"  - name: {Scalar(trial.Name)}\n    set: {{{string.Join(", ", trial.Settings.Select(s => $"{s.Key}: {Scalar(s.Value)}"))}}}\n");
        return text.ToString();
    }

    /// <exception cref="UserErrorException">Something else is there already, or it cannot be written.</exception>
    public static void Save(string path, string yaml)
    {
        try
        {
            if (File.Exists(path) && File.ReadAllText(path) != yaml) throw new UserErrorException($"{path} is there already and holds something else: name another file, or remove it");
            File.WriteAllText(path, yaml);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--to {path} cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>What YAML takes for something other than a text, or not at all, is quoted; JSON's quotes are YAML's.</summary>
    private static string Scalar(string value) => Plain().IsMatch(value) && value is not ("null" or "Null" or "NULL") ? value : JsonSerializer.Serialize(value, Quoting);

    [GeneratedRegex(@"^[A-Za-z0-9_./+][A-Za-z0-9_./+-]*\z")]
    private static partial Regex Plain();
}
