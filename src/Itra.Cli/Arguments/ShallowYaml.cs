using Itra.Domain;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Itra.Cli.Arguments;

/// <summary>
/// A file of settings or a recipe as YAML. YamlDotNet follows nested values by calling itself: a few kilobytes of brackets would end the
/// process, and a few lines of aliases fill the memory. No file of ours is deep or long.
/// </summary>
internal sealed class ShallowYaml : IParser
{
    private const int LongestFile = 1 << 20, Deepest = 16, MostAliases = 100;

    private readonly Parser parser;
    private int depth, aliases;

    private ShallowYaml(string text) => parser = new Parser(new StringReader(text));

    public ParsingEvent? Current => parser.Current;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UserErrorException">It is far longer than any such file.</exception>
    /// <exception cref="YamlException">It is no YAML, or not what is read here.</exception>
    public static T Read<T>(string path, Func<IParser, T> read)
    {
        var yaml = Open(path);
        try
        {
            return read(yaml);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // What the library's authors did not think of is no YAML either.
            var place = yaml.Current?.Start ?? Mark.Empty;
            throw new YamlException(place, place, e.Message, e);
        }
    }

    public bool MoveNext()
    {
        var isMore = parser.MoveNext();
        depth += Current?.NestingIncrease ?? 0;
        if (Current is AnchorAlias) aliases++;
        if (depth > Deepest) throw new YamlException(Current!.Start, Current.End, $"values are nested more than {Deepest} deep");
        if (aliases > MostAliases) throw new YamlException(Current!.Start, Current.End, $"there are more than {MostAliases} aliases");
        return isMore;
    }

    private static ShallowYaml Open(string path)
    {
        using var file = File.OpenRead(path);
        if (file.CanSeek && file.Length > LongestFile) throw new UserErrorException($"{path} has {file.Length} bytes, and no file of settings has more than {LongestFile}: is it the right one?");
        using var text = new StreamReader(file);
        return new ShallowYaml(text.ReadToEnd());
    }
}
