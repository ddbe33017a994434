using Itra.Domain;
using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public sealed class BpeLearnerTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".txt.gz");

    private static readonly string[] Captions = ["a red ball above a blue cube", "a red cube left of a ball", "the red ball’s shadow"];

    public void Dispose() => File.Delete(path);

    [Fact]
    public void A_learned_vocabulary_is_loaded_and_its_words_become_single_tokens()
    {
        int size = BpeLearner.Learn(Captions, 200, path);
        var tokenizer = ClipTokenizer.Load(path);
        Assert.Equal(size, tokenizer.VocabularySize);
        Assert.Equal(7, tokenizer.Encode("A red ball above a blue cube").Length);
        Assert.Equal(5, tokenizer.Encode("zebra").Length);
    }

    [Fact]
    public void The_most_frequent_pair_is_merged_first()
    {
        BpeLearner.Learn(["ab ab abc"], 2, path);
        var tokenizer = ClipTokenizer.Load(path);
        // By hand: "a b</w>" occurs twice, then "a b" and "b c</w>" once each, and "a b" sorts first.
        Assert.Equal(516, tokenizer.VocabularySize);
        Assert.Equal([512], tokenizer.Encode("ab"));
        Assert.Equal([513, 256 + 'c' - '!'], tokenizer.Encode("abc"));
    }

    [Fact]
    public void The_same_captions_give_the_same_file()
    {
        BpeLearner.Learn(Captions, 50, path);
        var first = File.ReadAllBytes(path);
        BpeLearner.Learn(Captions, 50, path);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("header\na b c\n")]
    [InlineData("header\nab c\n")]
    public void A_file_that_is_no_vocabulary_is_refused_with_its_name_and_line(string content)
    {
        File.WriteAllText(path, content);
        var refused = Assert.Throws<UserErrorException>(() => ClipTokenizer.Load(path));
        Assert.Contains($"{path}: line 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_refused_with_its_name() =>
        Assert.Contains(path, Assert.Throws<UserErrorException>(() => ClipTokenizer.Load(path)).Message, StringComparison.Ordinal);
}
