using System.Text.Json;

namespace Itra.Cli.Tests.Commands;

public sealed class DataCheckCommandTests : IDisposable
{
    // One grey pixel.
    private static readonly byte[] Picture = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==");

    private readonly ItraProgram itra = new();
    private readonly string folder = Directory.CreateTempSubdirectory("itra-check-").FullName;

    public DataCheckCommandTests()
    {
        File.WriteAllLines(Path.Combine(folder, "train.csv"), ["filepath\ttitle", "a.png\ta dot", "b.png\tanother dot", "a.png\tthe first dot"]);
        foreach (var name in new[] { "a.png", "b.png" }) File.WriteAllBytes(Path.Combine(folder, name), Picture);
    }

    public void Dispose()
    {
        itra.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Sound_data_is_exit_code_0_and_the_JSON_says_what_is_in_it()
    {
        var outcome = Check("--json");
        Assert.Equal((ExitCode.Done, ""), (outcome.ExitCode, outcome.Error));
        var report = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.True(report.GetProperty("sound").GetBoolean());
        Assert.Equal(["duplicates", "remarks", "sets", "sound"], report.EnumerateObject().Select(p => p.Name).Order());
        var set = report.GetProperty("sets")[0];
        Assert.Equal(
            ["broken", "bytes", "captions", "digest", "items", "name", "role", "truncated_captions", "without_caption"], set.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(("train", 3, 3, 64), (set.GetProperty("role").GetString(), set.GetProperty("items").GetInt32(), set.GetProperty("captions").GetInt32(), set.GetProperty("digest").GetString()!.Length));
    }

    [Fact]
    public void In_a_pipe_numbers_have_no_separators_of_thousands()
    {
        File.WriteAllBytes(Path.Combine(folder, "a.png"), [.. Picture, .. new byte[5000]]);
        Assert.Contains($"\t{2 * Picture.Length + 5000}\t", Check().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_data_is_exit_code_1_and_every_broken_file_is_named()
    {
        File.WriteAllText(Path.Combine(folder, "b.png"), "no picture");
        var outcome = Check();
        Assert.Equal(ExitCode.Failed, outcome.ExitCode);
        Assert.StartsWith("role\tname\t", outcome.Output, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(folder, "b.png"), outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.Combine(folder, "a.png"), outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_flags_are_exit_code_2_in_one_line()
    {
        var outcome = itra.Run("data", "check", "--train-data", Path.Combine(folder, "nowhere.csv"));
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains("nowhere.csv", Assert.Single(outcome.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, itra.Run("data", "check").ExitCode);
    }

    private ItraProgram.Outcome Check(params string[] more) => itra.Run(["data", "check", "--train-data", Path.Combine(folder, "train.csv"), "--images-dir", folder, .. more]);
}
