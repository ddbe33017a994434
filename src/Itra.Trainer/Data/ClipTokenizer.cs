using System.Collections.Concurrent;
using System.Text;
using Itra.Trainer.Data.Cleaning;

namespace Itra.Trainer.Data;

/// <summary>
/// CLIP's byte-level BPE tokenizer (Radford et al. 2021, as in openai/CLIP and open_clip). A caption that is too long is cut, and
/// its last token is the end token, as in ITRA. Thread safe.
/// </summary>
internal sealed class ClipTokenizer(BpeVocabulary vocabulary)
{
    // Captions repeat some 30,000 words; the bound only matters for text that never repeats.
    private const int ExpectedWords = 1 << 15, MostCachedWords = 1 << 18;

    private readonly ConcurrentDictionary<string, int[]> words = new(Environment.ProcessorCount, ExpectedWords);

    // The dictionary's own count takes all of its locks: it would cost more than the merging.
    private int cachedWords;

    public int StartToken => vocabulary.StartToken;

    /// <summary>The largest id, so that arg-max over a row finds the end of the text.</summary>
    public int EndToken => vocabulary.EndToken;

    public int VocabularySize => vocabulary.Size;

    /// <inheritdoc cref="BpeVocabulary.Digest"/>
    public string VocabularyDigest => vocabulary.Digest;

    /// <exception cref="Domain.UserErrorException">The file is missing, or not a BPE vocabulary.</exception>
    public static ClipTokenizer Load(string path) => new(BpeVocabulary.Load(path));

    /// <summary>The ids of a caption, without start, end and padding, however many there are.</summary>
    public int[] Encode(string text)
    {
        var ids = new List<int>();
        var cached = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var piece in new CaptionPieces(CaptionCleaner.Clean(text, stackalloc char[CaptionCleaner.Usual]))) ids.AddRange(SymbolsOf(piece, cached));
        return [.. ids];
    }

    /// <summary>Fills a row (L,) with start, ids, end and zeros.</summary>
    public void Encode(string text, Span<long> row)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(row.Length, 2);
        int next = 0, last = row.Length - 1;
        row[next++] = StartToken;
        var cached = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var piece in new CaptionPieces(CaptionCleaner.Clean(text, stackalloc char[CaptionCleaner.Usual])))
        {
            if (next == last) break;
            foreach (var symbol in SymbolsOf(piece, cached))
                if (next < last) row[next++] = symbol;
        }
        row[next++] = EndToken;
        row[next..].Clear();
    }

    public bool WouldTruncate(string text, int contextLength) => Encode(text).Length + 2 > contextLength;

    private int[] SymbolsOf(ReadOnlySpan<char> piece, ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cached)
    {
        if (cached.TryGetValue(piece, out var symbols)) return symbols;
        symbols = EncodePiece(piece);
        if (cachedWords < MostCachedWords && words.TryAdd(piece.ToString(), symbols)) Interlocked.Increment(ref cachedWords);
        return symbols;
    }

    private int[] EncodePiece(ReadOnlySpan<char> piece) => piece switch
    {
        CaptionPieces.StartText => [StartToken],
        CaptionPieces.EndText => [EndToken],
        _ => Merge(piece),
    };

    private int[] Merge(ReadOnlySpan<char> piece)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        var symbols = new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) symbols[i] = BpeVocabulary.Symbol(bytes[i], lastOfWord: i == bytes.Length - 1);

        int count = symbols.Length;
        while (count > 1 && LowestRank(symbols.AsSpan(0, count), out int left, out int right, out int merged))
        {
            int kept = 0;
            for (int i = 0; i < count; i++)
            {
                bool joins = i + 1 < count && symbols[i] == left && symbols[i + 1] == right;
                symbols[kept++] = joins ? merged : symbols[i];
                if (joins) i++;
            }
            count = kept;
        }
        return symbols[..count];
    }

    private bool LowestRank(ReadOnlySpan<int> symbols, out int left, out int right, out int merged)
    {
        int lowest = int.MaxValue;
        left = right = merged = 0;
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            if (!vocabulary.TryMerge(symbols[i], symbols[i + 1], out var merge) || merge.Rank >= lowest) continue;
            lowest = merge.Rank;
            (left, right, merged) = (symbols[i], symbols[i + 1], merge.Merged);
        }
        return lowest < int.MaxValue;
    }
}
