using System.Globalization;
using System.Text.RegularExpressions;
using Itra.Domain;
using Itra.Domain.Training;

namespace Itra.Trainer.Data.Sources;

/// <summary>MS-COCO captions (Chen et al. 2015): images by ascending id, captions in the order of the file.</summary>
internal static partial class CocoCaptions
{
    /// <summary>Training draws among the first five captions; some images have six or seven.</summary>
    private const int TrainingCaptions = 5;

    /// <summary>Whether a data set of this name is MS-COCO rather than a file.</summary>
    public static bool IsName(string name) => name.Contains("mscoco_captions", StringComparison.Ordinal);

    /// <param name="datasetsDirectory">Holds coco2017/ (or coco2014/).</param>
    /// <param name="name">mscoco_captions, with _2014 for that year and _x0.1 for the first tenth of the images.</param>
    /// <param name="forTraining">train or val, and which captions are kept.</param>
    /// <param name="skipBroken">Leave out images without caption: nothing could be learnt from one, and none of its captions found.</param>
    /// <exception cref="UserErrorException">Files are missing or malformed, or an image has no caption.</exception>
    public static CaptionSet Load(string? datasetsDirectory, string name, bool forTraining, bool skipBroken)
    {
        if (NamePattern().Match(name) is not { Success: true } match || (match.Groups["share"].Success && !forTraining))
            throw new UserErrorException($"unknown data set '{name}': use mscoco_captions, mscoco_captions_2014{(forTraining ? " or mscoco_captions_x0.1" : "")}, or a CSV file");
        if (datasetsDirectory is null) throw new UserErrorException($"{name} needs --datasets-dir, the folder that holds coco2017/");

        var year = match.Groups["year"].Success ? "2014" : "2017";
        var split = (forTraining ? "train" : "val") + year;
        var images = Path.Combine(datasetsDirectory, "coco" + year, split);
        var annotations = Path.Combine(datasetsDirectory, "coco" + year, "annotations", $"captions_{split}.json");
        if (!Directory.Exists(images) || !File.Exists(annotations))
            throw new UserErrorException($"no MS-COCO in {datasetsDirectory}: expected the images {images}/*.jpg and the file {annotations}; is --datasets-dir right?");

        var read = CocoAnnotations.Read(annotations);
        if (read.Images.FirstOrDefault(i => PicturePath.IsTrick(i.FileName) || Path.IsPathRooted(i.FileName)) is { } astray)
            throw new BrokenDataException($"{annotations}: the image '{astray.FileName}' would lie outside {images}: fetch the file again");
        var all = Join(read, images, split);
        if (match.Groups["share"].Success) all = all[..(int)(double.Parse(match.Groups["share"].Value, CultureInfo.InvariantCulture) * all.Length)];
        return WithCaptions(name, all, annotations, forTraining ? TrainingCaptions : int.MaxValue, skipBroken);
    }

    private static ImageCaptions[] Join(CocoAnnotations file, string images, string split)
    {
        var captions = file.Annotations.Where(a => a.Caption is not null).ToLookup(a => a.ImageId, a => a.Caption!);
        return [.. file.Images.OrderBy(i => i.Id).Select(i => new ImageCaptions(Path.Combine(images, i.FileName), [.. captions[i.Id]]) { Name = $"{split}/{i.FileName}" })];
    }

    private static CaptionSet WithCaptions(string name, ImageCaptions[] all, string annotations, int mostCaptions, bool skipBroken)
    {
        var silent = all.Where(i => i.Captions.Count == 0).ToArray();
        if (silent.Length > 0 && !skipBroken)
            throw new BrokenDataException($"{annotations}: {silent.Length} of {all.Length} images have no caption, the first is {silent[0].Name}: complete the file, or pass --skip-broken to leave such images out");

        return new CaptionSet(name, [.. all.Where(i => i.Captions.Count > 0).Select(i => i with { Captions = [.. i.Captions.Take(mostCaptions)] })])
        {
            Skipped = [.. silent.Select(i => new SkippedSample(i.ImagePath, "no caption"))],
        };
    }

    [GeneratedRegex(@"^mscoco_captions(?<year>_2014)?(_x(?<share>0?\.[0-9]+|1(\.0*)?))?$")]
    private static partial Regex NamePattern();
}
