using Itra.Trainer.Data.Cleaning;

namespace Itra.Trainer.Tests.Data;

public class CaptionCleanerTests
{
    private sealed record Caption(string Text, string Cleaned);

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Every_caption_is_cleaned_as_the_reference_cleans_it()
    {
        var captions = Fixtures.ReadJson<Caption[]>("tokenizer", "tokens.json");
        Assert.Equal(captions.Select(c => c.Cleaned), captions.Select(c => CaptionCleaner.Clean(c.Text)));
    }

    [Theory]
    [InlineData("  Two\t WORDS \n", "two words")]
    [InlineData("fish &amp;amp; chips", "fish & chips")]
    [InlineData("&copy2020 &notanentity; &#128;5 &#x41;", "©2020 ¬anentity; €5 a")]
    [InlineData("“Curly” ‘quotes’", "\"curly\" 'quotes'")]
    [InlineData("schÃ¶n â€œquotedâ€\u009d", "schön \"quoted\"")]
    [InlineData("CAFE\u0301", "café")]
    [InlineData("e\u0323\u0302", "ệ")]
    [InlineData("ΟΔΟΣ ΣΑΣ. Σ", "οδος σας. σ")]
    [InlineData("\u001b[1mbold\u001b[0m\u0007", "bold")]
    [InlineData("Â alone and Ã alone stay", "â alone and ã alone stay")]
    public void Cleaning_repairs_unescapes_collapses_and_lowers(string caption, string cleaned) =>
        Assert.Equal(cleaned, CaptionCleaner.Clean(caption));
}
