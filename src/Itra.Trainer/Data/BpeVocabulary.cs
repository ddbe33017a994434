using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Itra.Domain;

namespace Itra.Trainer.Data;

/// <summary>
/// CLIP's vocabulary: 256 byte characters, the same 256 at the end of a word, one symbol per merge, start, end. The file is plain or
/// gzipped text: a header line, then one merge ("left right") per line, in the order in which they were learned.
/// </summary>
internal sealed class BpeVocabulary
{
    public const string EndOfWord = "</w>";

    /// <summary>CLIP uses the first 49152 - 256 - 2 merges of its file, which holds more.</summary>
    public const int MostMerges = 48_894;

    // By both symbols in one number: there are fewer than 2^16.
    private readonly Dictionary<uint, (int Rank, int Merged)> merges;

    private BpeVocabulary(Dictionary<uint, (int, int)> merges, int symbols, string digest)
    {
        (this.merges, Digest) = (merges, digest);
        StartToken = symbols;
        EndToken = symbols + 1;
    }

    public int StartToken { get; }

    public int EndToken { get; }

    public int Size => EndToken + 1;

    /// <summary>SHA-256 of the merges: two vocabularies that have it in common give every text the same ids.</summary>
    public string Digest { get; }

    /// <summary>Bytes in the vocabulary's order: printable ones (ASCII, Latin-1) first.</summary>
    public static IReadOnlyList<byte> Bytes { get; } =
        [.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(IsPrintable), .. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => !IsPrintable(b))];

    private static readonly int[] SymbolOfByte = InvertOrder();

    /// <exception cref="UserErrorException">The file is missing, or not such a vocabulary.</exception>
    public static BpeVocabulary Load(string path)
    {
        if (!File.Exists(path)) throw new UserErrorException($"no vocabulary file at {path}: give the path of a BPE vocabulary such as bpe_simple_vocab_16e6.txt.gz");
        try
        {
            using var lines = OpenText(path);
            lines.ReadLine();
            return Parse(lines, path);
        }
        catch (InvalidDataException broken)
        {
            throw new UserErrorException($"{path} is not a readable gzip file ({broken.Message}): fetch the vocabulary again", broken);
        }
    }

    /// <summary>Symbol of one byte of a word, before any merge.</summary>
    public static int Symbol(byte value, bool lastOfWord) => SymbolOfByte[value] + (lastOfWord ? 256 : 0);

    /// <summary>Rank (lower merges first) and result of joining two neighbours, if the vocabulary joins them.</summary>
    public bool TryMerge(int left, int right, out (int Rank, int Merged) merge) => merges.TryGetValue(Pair(left, right), out merge);

    private static uint Pair(int left, int right) => (uint)left << 16 | (uint)right;

    private static StreamReader OpenText(string path)
    {
        var file = File.OpenRead(path);
        bool zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return new StreamReader(zipped ? new GZipStream(file, CompressionMode.Decompress) : file, Encoding.UTF8);
    }

    private static BpeVocabulary Parse(StreamReader lines, string path)
    {
        var pairs = new List<(string Left, string Right)>();
        while (pairs.Count < MostMerges && lines.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line.IndexOf(' ', space + 1) >= 0)
                throw new UserErrorException($"{path}: line {pairs.Count + 2} is not a merge of two symbols: is this a BPE vocabulary?");
            pairs.Add((line[..space], line[(space + 1)..]));
        }

        var ids = new Dictionary<string, int>(512 + pairs.Count);
        for (int i = 0; i < 256; i++)
        {
            ids[CharacterOf(i).ToString()] = i;
            ids[CharacterOf(i) + EndOfWord] = 256 + i;
        }
        // Two merges may give one string; the later one then owns it, as in the original's dictionary.
        for (int rank = 0; rank < pairs.Count; rank++) ids[pairs[rank].Left + pairs[rank].Right] = 512 + rank;

        var merges = new Dictionary<uint, (int, int)>(pairs.Count);
        for (int rank = 0; rank < pairs.Count; rank++)
        {
            var (left, right) = pairs[rank];
            if (!ids.TryGetValue(left, out int a) || !ids.TryGetValue(right, out int b))
                throw new UserErrorException($"{path}: line {rank + 2} merges a symbol that is not in the vocabulary: is the file complete?");
            merges[Pair(a, b)] = (rank, ids[left + right]);
        }
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', pairs.Select(p => $"{p.Left} {p.Right}"))));
        return new BpeVocabulary(merges, 512 + pairs.Count, Convert.ToHexStringLower(digest));
    }

    /// <summary>What stands for a byte in the file: its own character where that is printable, else one from U+0100 on.</summary>
    public static char CharacterOf(int symbol) =>
        IsPrintable(Bytes[symbol]) ? (char)Bytes[symbol] : (char)(256 + symbol - Bytes.Count(IsPrintable));

    private static bool IsPrintable(byte value) => value is (>= (byte)'!' and <= (byte)'~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;

    private static int[] InvertOrder()
    {
        var symbols = new int[256];
        for (int i = 0; i < 256; i++) symbols[Bytes[i]] = i;
        return symbols;
    }
}
