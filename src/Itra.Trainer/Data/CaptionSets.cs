using Itra.Domain;
using Itra.Trainer.Data.Sources;

namespace Itra.Trainer.Data;

/// <summary>Where data sets are and how their CSV files are written: the flags, one to one.</summary>
internal sealed record CaptionSource
{
    public string? DatasetsDirectory { get; init; }

    public string ImagesDirectory { get; init; } = "";

    /// <summary>May be the two characters <c>\t</c>, as shells pass a quoted tab.</summary>
    public string Separator { get; init; } = "\t";

    public string ImageKey { get; init; } = "filepath";

    public string CaptionKey { get; init; } = "title";

    /// <summary>Use only the first rows of a training CSV.</summary>
    public int? Size { get; init; }

    /// <summary>Leave out samples without caption, and say so in <see cref="CaptionSet.Skipped"/>, instead of failing.</summary>
    public bool SkipBroken { get; init; }
}

/// <summary>Opens data sets by the names of the command line.</summary>
internal static class CaptionSets
{
    /// <summary>A comma list of MS-COCO names and CSV files, one after another.</summary>
    /// <exception cref="UserErrorException">A source is missing or malformed.</exception>
    public static CaptionSet OpenTraining(string names, CaptionSource source)
    {
        CaptionSet[] sets = [.. names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => OpenOne(name, source, forTraining: true))];
        return sets switch
        {
            [] => throw new UserErrorException("--train-data names no data set: give mscoco_captions or a CSV file"),
            [var only] => only,
            _ => new CaptionSet(names, [.. sets.SelectMany(s => s.Items)]) { Skipped = [.. sets.SelectMany(s => s.Skipped)] },
        };
    }

    /// <summary>One set, with all captions of every image.</summary>
    /// <exception cref="UserErrorException">The source is missing or malformed.</exception>
    public static CaptionSet OpenRetrieval(string name, CaptionSource source) => OpenOne(name.Trim(), source, forTraining: false);

    private static CaptionSet OpenOne(string name, CaptionSource source, bool forTraining)
    {
        var set = CocoCaptions.IsName(name)
            ? CocoCaptions.Load(source.DatasetsDirectory, name, forTraining, source.SkipBroken)
            : forTraining ? CsvCaptions.LoadTraining(name, source) : CsvCaptions.LoadRetrieval(name, source);
        return set.Items.Count > 0 ? set : throw new UserErrorException($"{name}: holds no image with a caption: is it the right file?");
    }
}
