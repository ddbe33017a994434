using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public class ClipTokenizerTests
{
    private sealed record Caption(string Text, string Cleaned, int NRaw, int[] Ids, int[] IdsCtx73);

    private const string Vocabulary = "bpe_simple_vocab_16e6.txt.gz";

    private static readonly Lazy<ClipTokenizer> Clip = new(() => ClipTokenizer.Load(Fixtures.Find("tokenizer", Vocabulary)));

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Every_caption_that_needs_no_repair_gets_the_ids_of_the_reference()
    {
        var captions = Fixtures.ReadJson<Caption[]>("tokenizer", "tokens.json");
        var needRepair = Fixtures.ReadJson<HashSet<int>>("tokenizer", "needs_ftfy_indices.json");
        var sound = captions.Where((_, i) => !needRepair.Contains(i)).ToArray();
        Assert.NotEmpty(sound);
        var wrong = sound.Where(c => !Row(c.Text, 77).SequenceEqual(c.Ids) || !Row(c.Text, 73).SequenceEqual(c.IdsCtx73) || Clip.Value.Encode(c.Text).Length != c.NRaw);
        Assert.Equal([], wrong.Select(c => c.Text));
    }

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Clip_has_49408_tokens_and_its_end_token_is_the_largest()
    {
        Fixtures.Find("tokenizer", Vocabulary);
        Assert.Equal((49_406, 49_407, 49_408), (Clip.Value.StartToken, Clip.Value.EndToken, Clip.Value.VocabularySize));
    }

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void A_caption_that_is_too_long_is_cut_and_still_ends()
    {
        Fixtures.Find("tokenizer", Vocabulary);
        var row = new long[5];
        Clip.Value.Encode("a dog and a cat and a bird", row);
        Assert.Equal(Clip.Value.Encode("a dog and").Select(id => (long)id), row[1..4]);
        Assert.Equal(49_407, row[4]);
        Assert.True(Clip.Value.WouldTruncate("a dog and a cat", 5));
        Assert.False(Clip.Value.WouldTruncate("a dog and", 5));
    }

    [Fact]
    public void Capitals_spaces_and_length_change_nothing()
    {
        Assert.Equal(Clip.Value.Encode("a dog and two cats."), Clip.Value.Encode(" A  DOG\tand two\nCats. "));
        // Longer than the buffer for usual captions.
        var sentence = string.Join(' ', Enumerable.Repeat("A Dog and", 200));
        Assert.Equal(Enumerable.Repeat(Clip.Value.Encode("a dog and"), 200).SelectMany(ids => ids), Clip.Value.Encode(sentence));
    }

    private static IEnumerable<int> Row(string text, int contextLength)
    {
        var row = new long[contextLength];
        row.AsSpan().Fill(-1);
        Clip.Value.Encode(text, row);
        int end = Array.LastIndexOf(row, Clip.Value.EndToken);
        Assert.All(row[(end + 1)..], padding => Assert.Equal(0, padding));
        return row[..(end + 1)].Select(id => (int)id);
    }
}
