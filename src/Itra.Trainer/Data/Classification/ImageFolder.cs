using Itra.Domain;

namespace Itra.Trainer.Data.Classification;

/// <summary>
/// A folder per class with the images in it, as torchvision's ImageFolder: classes in the order of the folders' names. Beside the parts there
/// may be <c>classes.txt</c> (a line per class: folder, tab, name) and <c>templates.txt</c>.
/// </summary>
internal static class ImageFolder
{
    private const string ClassList = "classes.txt", TemplateList = "templates.txt";

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".bmp", ".tif", ".tiff", ".webp" };

    /// <summary>ImageNet with the names that CLIP has for its 1,000 classes, unless there is a class list.</summary>
    /// <inheritdoc cref="Read(string, SetPart)"/>
    public static ClassificationSet ReadImageNet(string folder, SetPart part) => Read("ImageNet", folder, part, ClassPrompts.Published("ImageNet"));

    /// <summary>A set of one's own, named after its folder. Classes without a list have the names of their folders.</summary>
    /// <exception cref="UserErrorException">There is no such part or no image, or the class list does not fit the folders.</exception>
    public static ClassificationSet Read(string folder, SetPart part) => Read(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), folder, part, published: null);

    private static ClassificationSet Read(string name, string folder, SetPart part, ClassPrompts? published)
    {
        var root = PartFolder(folder, part) ?? throw new UserErrorException($"{folder} has no {(part == SetPart.Test ? "test or val" : "train")} folder with a folder per class: is it the right one?");
        string[] folders = [.. Directory.EnumerateDirectories(root).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        var names = Names(folder, root, folders, published?.Names);
        var templates = Path.Combine(folder, TemplateList) is var list && File.Exists(list) ? ClassPrompts.ReadTemplates(list) : published?.Templates ?? ClassPrompts.PlainTemplates;

        var images = folders.SelectMany((f, label) => Files(Path.Combine(root, f)).Select(path => new LabelledFile(path, label))).ToList();
        if (images.Count == 0) throw new UserErrorException($"{root} holds no image in its {folders.Length} class folders: is it the right folder?");
        return new ClassificationSet(name, new ClassPrompts(names, templates), images, [.. images.Select(i => new SetFile(Path.GetRelativePath(root, i.Path), i.Path))])
        {
            Remark = published is not null && folders.Length != published.Names.Count
                ? $"{folders.Length} of its {published.Names.Count} classes are here: accuracy among these is no {name} accuracy"
                : null,
        };
    }

    private static string? PartFolder(string folder, SetPart part)
    {
        var train = Path.Combine(folder, "train");
        string[] parts = part == SetPart.Train ? [train] : [Path.Combine(folder, "test"), Path.Combine(folder, "val"), .. Directory.Exists(train) ? Array.Empty<string>() : [folder]];
        return parts.FirstOrDefault(f => Directory.Exists(f) && Directory.EnumerateDirectories(f).Any());
    }

    private static IReadOnlyList<string> Names(string folder, string root, string[] folders, IReadOnlyList<string>? published)
    {
        var list = Path.Combine(folder, ClassList);
        if (File.Exists(list)) return Listed(list, root, folders);
        if (published is null || !folders.All(IsSynset)) return folders;
        return folders.Length == published.Count
            ? published
            : throw new UserErrorException($"{root} has {folders.Length} of {published.Count} classes, so that their names are not known: write {list} with a line per class: folder, tab, name");
    }

    private static IReadOnlyList<string> Listed(string list, string root, string[] folders)
    {
        var names = new Dictionary<string, string>();
        foreach (var (number, line) in File.ReadLines(list).Index().Where(l => l.Item.Trim().Length > 0))
        {
            names[line.Split('\t')[0].Trim()] = line.Split('\t') switch
            {
                [var only] => only.Trim(),
                [_, var name] when name.Trim().Length > 0 => name.Trim(),
                _ => throw new UserErrorException($"{list}, line {number + 1}: '{line}' is not folder, tab, name"),
            };
        }
        return folders.FirstOrDefault(f => !names.ContainsKey(f)) is { } unknown
            ? throw new UserErrorException($"{list} has no line for {Path.Combine(root, unknown)}: add one (folder, tab, name), or remove the folder")
            : [.. folders.Select(f => names[f])];
    }

    /// <summary>True for names like n01440764, which mean something only to a list.</summary>
    private static bool IsSynset(string folder) => folder is ['n', .. { Length: 8 } digits] && digits.All(char.IsAsciiDigit);

    private static IEnumerable<string> Files(string folder) => Below(folder).Where(f => Extensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal);

    /// <summary>A class may be a link, and so may an image. Links further down can lead back up, and two of them into a maze without end.</summary>
    private static IEnumerable<string> Below(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            var path = Path.Combine(folder, entry.Name);
            if (entry is not DirectoryInfo) yield return path;
            else if (entry.LinkTarget is not null) throw new UserErrorException($"{path} is a symbolic link to a folder inside of a class: put the folder itself there, or link the class");
            else
                foreach (var file in Below(path)) yield return file;
        }
    }
}
