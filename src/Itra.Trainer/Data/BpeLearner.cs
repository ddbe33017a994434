using System.IO.Compression;
using System.Text;
using Itra.Trainer.Data.Cleaning;

namespace Itra.Trainer.Data;

/// <summary>
/// Learns a small BPE vocabulary from captions (Sennrich et al. 2016, on bytes) and writes it in the form of CLIP's vocabulary file.
/// For data whose words are few: a demo, a test, a closed world.
/// </summary>
public static class BpeLearner
{
    /// <summary>Learns up to <paramref name="mergeCount"/> merges and writes them, gzipped, to <paramref name="path"/>.</summary>
    /// <returns>Size of the vocabulary: 512 + merges + 2. Fewer merges than asked for are written when every word is one symbol.</returns>
    public static int Learn(IEnumerable<string> captions, int mergeCount, string path)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mergeCount, BpeVocabulary.MostMerges);
        var words = CountWords(captions);
        var merges = new List<(string Left, string Right)>();
        while (merges.Count < mergeCount && MostFrequentPair(words) is { } pair)
        {
            merges.Add(pair);
            foreach (var (symbols, _) in words) Join(symbols, pair);
        }

        using var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Optimal), new UTF8Encoding(false));
        writer.NewLine = "\n";
        writer.WriteLine("#version: itra");
        foreach (var (left, right) in merges) writer.WriteLine($"{left} {right}");
        return 512 + merges.Count + 2;
    }

    private static List<(List<string> Symbols, int Count)> CountWords(IEnumerable<string> captions)
    {
        var counts = new Dictionary<string, int>();
        foreach (var caption in captions)
        {
            foreach (var piece in new CaptionPieces(CaptionCleaner.Clean(caption)))
            {
                var word = piece.ToString();
                if (word is CaptionPieces.StartText or CaptionPieces.EndText) continue;
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }
        return [.. counts.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => (Symbols(w.Key), w.Value))];
    }

    private static List<string> Symbols(string word)
    {
        List<string> symbols = [.. Encoding.UTF8.GetBytes(word).Select(b => BpeVocabulary.CharacterOf(BpeVocabulary.Symbol(b, lastOfWord: false)).ToString())];
        symbols[^1] += BpeVocabulary.EndOfWord;
        return symbols;
    }

    // Ties go to the pair that sorts first, so that the same captions always give the same file.
    private static (string, string)? MostFrequentPair(List<(List<string> Symbols, int Count)> words)
    {
        var counts = new Dictionary<(string Left, string Right), int>();
        foreach (var (symbols, count) in words)
        {
            for (int i = 0; i + 1 < symbols.Count; i++)
                counts[(symbols[i], symbols[i + 1])] = counts.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
        }
        return counts.Count == 0 ? null :
            counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Left, StringComparer.Ordinal).ThenBy(c => c.Key.Right, StringComparer.Ordinal).First().Key;
    }

    private static void Join(List<string> symbols, (string Left, string Right) pair)
    {
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != pair.Left || symbols[i + 1] != pair.Right) continue;
            symbols[i] += symbols[i + 1];
            symbols.RemoveAt(i + 1);
        }
    }
}
