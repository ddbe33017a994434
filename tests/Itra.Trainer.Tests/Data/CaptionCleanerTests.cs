using Itra.Trainer.Data.Cleaning;

namespace Itra.Trainer.Tests.Data;

public class CaptionCleanerTests
{
    private sealed record Caption(string Text, string Cleaned);

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Every_caption_that_needs_no_repair_is_cleaned_as_the_reference_cleans_it()
    {
        var captions = Fixtures.ReadJson<Caption[]>("tokenizer", "tokens.json");
        var needRepair = Fixtures.ReadJson<HashSet<int>>("tokenizer", "needs_ftfy_indices.json");
        var sound = captions.Where((_, i) => !needRepair.Contains(i)).ToArray();
        Assert.NotEmpty(sound);
        Assert.Equal(sound.Select(c => c.Cleaned), sound.Select(c => CaptionCleaner.Clean(c.Text)));
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
    [InlineData("ﬁ ligature ﬂ, ﬀ ﬃ", "fi ligature fl, ff ffi")]
    [InlineData("ＦＵＬＬ\u3000ＷＩＤＴＨ", "full width")]
    [InlineData("„low“ and ‚single’", "\"low\" and 'single'")]
    [InlineData("l‘humanitÃ©", "l'humanité")]
    [InlineData("✔ check âœ” mojibake", "✔ check ✔ mojibake")]
    [InlineData("\ufeffbom, control\u0000char, tab\u000bvertical", "bom, controlchar, tabvertical")]
    [InlineData("Ǆ ǅ ǆ", "dž dž dž")]
    [InlineData("the letter “Ñ” – “Î”", "the letter \"ñ\" – \"î\"")]
    [InlineData("Â alone and Ã alone stay", "â alone and ã alone stay")]
    public void Cleaning_repairs_unescapes_collapses_and_lowers(string caption, string cleaned) =>
        Assert.Equal(cleaned, CaptionCleaner.Clean(caption));
}
