using Itra.Domain;
using Itra.Trainer.Clip;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Itra.Cli.Arguments;

/// <summary>
/// The file behind <c>--config-yaml</c>: settings by name, as params.yml of an earlier run has them, ours or the original's. What stands
/// on the command line wins over it.
/// </summary>
/// <param name="Values">By key, as text.</param>
/// <param name="Remarks">On settings that would do something in the original and do nothing here.</param>
internal sealed record SettingsFile(IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Remarks)
{
    /// <exception cref="UserErrorException">The file cannot be read, or holds what is no setting.</exception>
    public static SettingsFile Read(string path)
    {
        Dictionary<string, string> values = [];
        List<string> remarks = [];
        foreach (var (name, value) in Pairs(path))
        {
            var key = name.Replace('-', '_');
            if (ClipConfig.Flags.Any(f => f.Key == key))
            {
                if (value.Length > 0 && !OriginalFlags.IsRunTime(key, value)) values[key] = value;
            }
            else if (OriginalFlags.All.FirstOrDefault(f => f.Key == key) is { } original)
            {
                if (original.Asks(value) && (original.IsRefused || original.Arity == FlagArity.Switch)) remarks.Add($"{path}: {key}: {original.Because}; it is left out");
            }
            else if (!OriginalFlags.RunTime.Contains(key))
                throw new UserErrorException($"{path} has no setting '{name}' to give: the nearest known one is '{Nearest.To(key, ClipConfig.Flags.Select(f => f.Key))}'");
        }
        return new SettingsFile(values, remarks);
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string path)
    {
        YamlStream yaml;
        try
        {
            yaml = ShallowYaml.Read(path, Documents);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--config-yaml {path} cannot be read: {e.Message}", e);
        }
        catch (YamlException e)
        {
            throw new UserErrorException($"{path} is no YAML: line {e.Start.Line}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        if (yaml.Documents is not [{ RootNode: YamlMappingNode settings }]) throw new UserErrorException($"{path} must hold one setting per line, such as 'lr: 1e-5'");
        return [.. settings.Select(s => s.Key is YamlScalarNode { Value: { } key }
            ? (key, Text(s.Value, key, path))
            : throw new UserErrorException($"{path}: the name of a setting is a list or a map; write one setting per line, such as 'lr: 1e-5'"))];
    }

    private static YamlStream Documents(IParser parser)
    {
        var yaml = new YamlStream();
        yaml.Load(parser);
        return yaml;
    }

    private static string Text(YamlNode value, string name, string path) => value switch
    {
        YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" } => "",
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "True" or "False" } word => word.Value.ToLowerInvariant(),
        YamlScalarNode scalar => scalar.Value ?? "",
        YamlSequenceNode list when list.All(v => v is YamlScalarNode) => string.Join(' ', list.Select(v => Text(v, name, path))),
        _ => throw new UserErrorException($"{path}: '{name}' holds settings of its own; write one setting per line, such as 'lr: 1e-5'"),
    };
}
