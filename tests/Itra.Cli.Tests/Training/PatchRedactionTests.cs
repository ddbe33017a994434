using System.Collections;
using System.Text;
using Itra.Cli.Training;

namespace Itra.Cli.Tests.Training;

public class PatchRedactionTests
{
    private const string Secret = "hunter2-correct-horse";

    private static readonly Redaction Redaction = new(new Hashtable { ["MY_TOKEN"] = Secret });

    private static (string Text, int Masked) Apply(string patch)
    {
        var (bytes, masked) = PatchRedaction.Apply(Encoding.Latin1.GetBytes(patch), Redaction);
        return (Encoding.Latin1.GetString(bytes), masked);
    }

    [Fact]
    public void A_patch_without_secrets_stays_as_it_is_to_the_byte_in_any_encoding()
    {
        const string patch = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-lr = 1\r\n+lr = 2 # \u00e9 alone is no UTF-8\n\\ No newline at end of file";
        Assert.Equal((patch, 0), Apply(patch));
    }

    [Fact]
    public void Secrets_are_masked_and_their_lines_counted() =>
        Assert.Equal(("+send(***)\n+api_key=***\n+epochs=3\n", 2), Apply($"+send({Secret})\n+api_key=abc123\n+epochs=3\n"));

    [Fact]
    public void What_is_packed_is_left_alone_until_the_next_file() =>
        Assert.Equal(
            ("diff --git a/x b/x\nGIT binary patch\nliteral 9\nQkey=abcdefgh\ndiff --git a/y b/y\n+key=***\n", 1),
            Apply("diff --git a/x b/x\nGIT binary patch\nliteral 9\nQkey=abcdefgh\ndiff --git a/y b/y\n+key=abcdefgh\n"));
}
