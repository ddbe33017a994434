using System.Collections;
using Itra.Cli.Training;

namespace Itra.Cli.Tests.Training;

public class RedactionTests
{
    private const string Secret = "hunter2-correct-horse";

    private static readonly Redaction Redaction = new(new Hashtable
    {
        ["ITRA_S3_SECRET_KEY"] = Secret,
        ["ITRA_POSTGRES"] = "Host=db;Username=me;Password=swordfish9;Database=itra",
        ["OTHER"] = "postgres://me:sesame-open@db/itra",
        ["PATH"] = "/usr/bin:/bin",
        ["PWD"] = "/home/me/experiments",
        ["OLDPWD"] = "/home/me",
    });

    [Theory]
    [InlineData($"--api-key {Secret}", "--api-key ***")]
    [InlineData("--hub_token abc --lr 1", "--hub_token *** --lr 1")]
    [InlineData("--password=abc --lr 1", "--password=*** --lr 1")]
    [InlineData("--csv-img-key filename --csv-caption-key title", "--csv-img-key filename --csv-caption-key title")]
    [InlineData("--store postgres://me:pass@db:5432/itra", "--store postgres://me:***@db:5432/itra")]
    [InlineData("--store Host=db;Password=abc;Port=1", "--store Host=db;Password=***;Port=1")]
    [InlineData("--lock-text-partial !token_embedding,!ln_final", "--lock-text-partial !token_embedding,!ln_final")]
    public void A_command_line_keeps_its_words_and_loses_its_secrets(string words, string expected) =>
        Assert.Equal(expected, string.Join(' ', Redaction.CommandLine(words.Split(' '))));

    [Theory]
    [InlineData($"the server refused {Secret}.", "the server refused ***.")]
    [InlineData("28P01: 'swordfish9' is wrong", "28P01: '***' is wrong")]
    [InlineData("sesame-open", "***")]
    [InlineData("Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***")]
    [InlineData("GET https://x/y?token=abc&page=2", "GET https://x/y?token=***&page=2")]
    [InlineData("Password='a b c'; Host=x", "Password=***; Host=x")]
    [InlineData("epoch=3 loss=1.25 in /usr/bin", "epoch=3 loss=1.25 in /usr/bin")]
    [InlineData("/home/me/experiments/tiny.json is no model", "/home/me/experiments/tiny.json is no model")]
    public void A_line_of_text_loses_its_secrets_only(string line, string expected) => Assert.Equal(expected, Redaction.Text(line));
}
