using System.Text.RegularExpressions;
using Itra.Domain;
using Itra.Trainer.Clip;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Itra.Cli.Leaderboards;

/// <summary>Reads a YAML file into a record. A key that the record lacks is an error that names the nearest one it has.</summary>
internal static partial class YamlPage
{
    /// <param name="kind">What the file is, for messages: <c>leaderboard</c>.</param>
    /// <param name="keys">By the record's name, the keys that it has.</param>
    public static T Load<T>(string path, string kind, IReadOnlyDictionary<string, string[]> keys) where T : class
    {
        if (!File.Exists(path)) throw new UserErrorException($"there is no file {path}: name the YAML file of a {kind}");
        try
        {
            return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<T?>(File.ReadAllText(path))
                ?? throw new UserErrorException($"{path} is empty: docs/leaderboards.md shows a {kind}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (YamlException e)
        {
            var told = (e.InnerException ?? e).Message.ReplaceLineEndings(" ");
            if (UnknownKey().Match(told) is { Success: true } unknown && keys.TryGetValue(unknown.Groups["record"].Value, out var known))
                told = $"a {kind} has no '{unknown.Groups["key"].Value}'; the nearest is '{Nearest.To(unknown.Groups["key"].Value, known)}'";
            throw new UserErrorException($"{path}, line {e.Start.Line}: {told}", e);
        }
    }

    [GeneratedRegex(@"Property '(?<key>[^']*)' not found on type '[^']*?(?<record>\w+)'")]
    private static partial Regex UnknownKey();
}
