using System.Text;
using Itra.Domain;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Sources;

namespace Itra.Fuzz.Tests.Captions;

internal sealed class CsvParser : IParser
{
    private static readonly CaptionSource Source = new() { Separator = ",", DatasetsDirectory = "/data", SkipBroken = true };

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "filepath,title\na.jpg,a cat\nb.jpg,a dog\n"u8.ToArray(),
        "id,title,filepath\r\n1,\"a \"\"big\"\" cat, sleeping\",c/d.jpg\r\n2,\"two\r\nlines\",e.jpg\r\n"u8.ToArray(),
        "\ufefffilepath,title\nimages/grün.png,\"ein Hund\"\n,\nx.jpg,a 10\" pizza"u8.ToArray(),
    ];

    public IReadOnlyList<string> Tokens { get; } = [",", "\"", "\"\"", "\n", "\r\n", "\r", "\t", "filepath", "title", "\xef\xbb\xbf", "\xff", "\xc3\x28", "\x00", "../", "/etc/passwd", "a,", "\",\"", "\n\n", ";"];

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            var rows = CsvTable.Read(path, Source, "csv").ToList();
            CsvCaptions.LoadTraining(path, Source);
            CsvCaptions.LoadRetrieval(path, Source);
            MustReadAgain(rows, path + ".again");
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }

    /// <summary>The same rows come out of a file that is written with them, each field in quotes.</summary>
    private static void MustReadAgain(List<CsvTable.Row> rows, string path)
    {
        var text = new StringBuilder("filepath,title\n");
        foreach (var row in rows) text.Append(Quoted(row.Image)).Append(',').Append(Quoted(row.Caption)).Append('\n');
        try
        {
            File.WriteAllText(path, text.ToString());
            var again = CsvTable.Read(path, Source, "csv").ToList();
            if (!again.Select(r => (r.Image, r.Caption)).SequenceEqual(rows.Select(r => (r.Image, r.Caption)))) throw new InvalidOperationException("other rows come back");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Quoted(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
