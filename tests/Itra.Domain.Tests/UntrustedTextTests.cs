namespace Itra.Domain.Tests;

public sealed class UntrustedTextTests
{
    [Theory]
    [InlineData("a\0b", "a\\u0000b")]
    [InlineData("two\nlines", "two\\u000alines")]
    [InlineData("\u001b[2J", "\\u001b[2J")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("epoch\u202etxt.exe", "epoch\\u202etxt.exe")]
    [InlineData("\u2067x\u2069", "\\u2067x\\u2069")]
    public void What_is_not_seen_is_written_out(string text, string shown)
    {
        Assert.True(UntrustedText.HasTricks(text));
        Assert.Equal(shown, UntrustedText.Shown(text));
    }

    [Theory]
    [InlineData("baseline")]
    [InlineData("größe 10⁻⁴, 学習, 🙂, שלום")]
    [InlineData("")]
    public void Plain_text_of_any_language_stays_as_it_is(string text)
    {
        Assert.False(UntrustedText.HasTricks(text));
        Assert.Equal(text, UntrustedText.Shown(text));
    }

    [Theory]
    [InlineData("epoch_latest.pt", "epoch_latest.pt")]
    [InlineData("..", "unnamed")]
    [InlineData("", "unnamed")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("/etc/passwd", "etc-passwd")]
    [InlineData("-rf", "rf")]
    [InlineData(".hidden\0\n\u202e", "hidden---")]
    [InlineData("lr=1e-5 größe", "lr=1e-5-gr--e")]
    public void A_file_name_is_one_part_of_a_path_and_safe_to_type(string text, string name) => Assert.Equal(name, UntrustedText.AsFileName(text));

    [Fact]
    public void A_long_file_name_keeps_its_beginning_and_its_extension()
    {
        var name = UntrustedText.AsFileName(new string('a', 300) + ".pt");
        Assert.Equal(120, name.Length);
        Assert.EndsWith("a.pt", name, StringComparison.Ordinal);
    }
}
