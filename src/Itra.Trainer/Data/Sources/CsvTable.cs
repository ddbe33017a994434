using System.Text;
using CsvHelper;
using Itra.Domain;

namespace Itra.Trainer.Data.Sources;

/// <summary>Two columns of a CSV file with a header, read as pandas reads it: quotes only where a field begins.</summary>
internal static class CsvTable
{
    internal readonly record struct Row(long Line, string Image, string Caption);

    /// <param name="path">A file whose path contains "rsicd" is decoded as GB 18030, as that data set is published.</param>
    /// <param name="source">Separator and the names of the columns.</param>
    /// <param name="flagPrefix">"csv" or "retrieval-csv", for error messages.</param>
    /// <exception cref="UserErrorException">The file or a column is missing.</exception>
    public static IEnumerable<Row> Read(string path, CaptionSource source, string flagPrefix)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"no data set {path}: it is neither a file nor one of mscoco_captions, mscoco_captions_2014, mscoco_captions_x0.1");

        using var csv = CsvReader.FromFile(path, new CsvReaderOptions
        {
            Separator = Separator(source.Separator, flagPrefix),
            Encoding = path.Contains("rsicd", StringComparison.Ordinal) ? CodePagesEncodingProvider.Instance.GetEncoding("gb18030") : null,
            TrackLineNumbers = true,
        });
        if (csv.Headers.Count == 0) throw new UserErrorException($"{path}: the file is empty; its first line must name the columns");
        int image = Column(csv, source.ImageKey, path, $"--{flagPrefix}-img-key", flagPrefix);
        int caption = Column(csv, source.CaptionKey, path, $"--{flagPrefix}-caption-key", flagPrefix);
        while (csv.Read()) yield return new Row(csv.LineNumber, csv.GetString(image), csv.GetString(caption));
    }

    private static char Separator(string given, string flagPrefix) => given switch
    {
        @"\t" => '\t',
        [var one and <= '\x7F'] => one,
        _ => throw new UserErrorException($"--{flagPrefix}-separator '{given}' is not one ASCII character: give one, such as ',' or '\\t'"),
    };

    private static int Column(CsvReader csv, string key, string path, string flag, string flagPrefix) =>
        csv.TryGetFieldIndex(key, out int index) ? index :
            throw new UserErrorException($"{path}: no column '{key}' among '{string.Join("', '", csv.Headers)}': set {flag}, or --{flagPrefix}-separator if they are not cut right");
}
