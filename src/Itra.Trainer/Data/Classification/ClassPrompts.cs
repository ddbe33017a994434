using Itra.Domain;

namespace Itra.Trainer.Data.Classification;

/// <summary>What the classes of a data set are called, and the sentences that their names are put into.</summary>
/// <param name="Names">In the order of the labels.</param>
/// <param name="Templates">At least one; <c>{}</c> stands for the name.</param>
internal sealed record ClassPrompts(IReadOnlyList<string> Names, IReadOnlyList<string> Templates)
{
    public const string Place = "{}";

    /// <summary>For sets that have no templates of their own.</summary>
    public static readonly IReadOnlyList<string> PlainTemplates = ["a photo of a {}."];

    private const string TemplateHeading = "[templates]", ClassHeading = "[classes]";

    /// <summary>The lists that OpenAI published for one of CLIP's data sets (Radford et al. 2021, appendix A and its repository).</summary>
    /// <param name="dataset">Such as <c>CIFAR10</c>.</param>
    public static ClassPrompts Published(string dataset)
    {
        using var resource = typeof(ClassPrompts).Assembly.GetManifestResourceStream($"{dataset}.txt")
            ?? throw new ArgumentException($"there are no published prompts for {dataset}", nameof(dataset));
        using var reader = new StreamReader(resource);
        string[] lines = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        int templates = Array.IndexOf(lines, TemplateHeading), classes = Array.IndexOf(lines, ClassHeading);
        return new ClassPrompts(lines[(classes + 1)..], lines[(templates + 1)..classes]);
    }

    /// <summary>One template a line.</summary>
    /// <exception cref="UserErrorException">A line has no place for the name, or there is no line.</exception>
    public static IReadOnlyList<string> ReadTemplates(string path)
    {
        string[] lines = [.. File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0)];
        if (lines.Length == 0) throw new UserErrorException($"{path} holds no template: write one a line, such as: a photo of a {Place}.");
        return lines.FirstOrDefault(l => !l.Contains(Place, StringComparison.Ordinal)) is { } wrong
            ? throw new UserErrorException($"{path}: '{wrong}' has no {Place}, the place for the class's name")
            : lines;
    }

    /// <summary>The sentences of a class, one per template. Source: ITRA, which takes '_' and '/' in names for blanks.</summary>
    public IEnumerable<string> Of(int label)
    {
        var name = Names[label].Replace('_', ' ').Replace('/', ' ');
        return Templates.Select(template => template.Replace(Place, name, StringComparison.Ordinal));
    }
}
