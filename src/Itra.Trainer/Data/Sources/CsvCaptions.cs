using System.Text.RegularExpressions;
using Itra.Domain;
using Itra.Domain.Training;

namespace Itra.Trainer.Data.Sources;

/// <summary>Image-caption pairs from a CSV file.</summary>
internal static partial class CsvCaptions
{
    /// <summary>One row is one item, so an image with five rows is seen five times per epoch. As in ITRA, captions lose what is not ASCII.</summary>
    public static CaptionSet LoadTraining(string path, CaptionSource source)
    {
        var skipped = new List<SkippedSample>();
        var rows = Usable(path, source, "csv", skipped);
        if (source.Size is { } size) rows = rows.Take(size);
        ImageCaptions[] items = [.. rows.Select(row => new ImageCaptions(Path.Combine(source.ImagesDirectory, row.Image), [NotAscii().Replace(row.Caption, "")])
        {
            Name = row.Image,
            ConvertBeforeTransform = false,
        })];
        return new CaptionSet(path, items) { Skipped = skipped };
    }

    /// <summary>One item per image, sorted by its cell; captions in file order.</summary>
    public static CaptionSet LoadRetrieval(string path, CaptionSource source)
    {
        if (source.DatasetsDirectory is null && !Path.IsPathRooted(source.ImagesDirectory))
            throw new UserErrorException($"{path}: its images lie below --datasets-dir: give that, or an absolute --retrieval-images-dir");
        var images = Path.Combine(source.DatasetsDirectory ?? "", source.ImagesDirectory);

        var skipped = new List<SkippedSample>();
        ImageCaptions[] items =
        [
            .. Usable(path, source, "retrieval-csv", skipped)
                .GroupBy(row => row.Image, row => row.Caption)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new ImageCaptions(Path.Combine(images, group.Key), [.. group]) { Name = group.Key, ConvertBeforeTransform = false }),
        ];
        return new CaptionSet(path, items) { Skipped = skipped };
    }

    private static IEnumerable<CsvTable.Row> Usable(string path, CaptionSource source, string flagPrefix, List<SkippedSample> skipped)
    {
        foreach (var row in CsvTable.Read(path, source, flagPrefix))
        {
            if (PicturePath.IsTrick(row.Image))
                throw new BrokenDataException($"{path}: line {row.Line} names an image by a path that leads elsewhere ('{row.Image}'): write it from the folder of the images on, without '..', or from the root");
            var lacks = row.Image.Length == 0 ? "image path" : row.Caption.Length == 0 ? "caption" : null;
            if (lacks is null) yield return row;
            else if (source.SkipBroken) skipped.Add(new SkippedSample($"{path}:{row.Line}", $"no {lacks}"));
            else throw new BrokenDataException($"{path}: line {row.Line} has no {lacks}: complete it, or pass --skip-broken to leave such rows out");
        }
    }

    [GeneratedRegex(@"[^\x00-\x7F]+")]
    private static partial Regex NotAscii();
}
