namespace Itra.Architecture.Tests;

public class SizeTests
{
    private const int Longest = 300, LongestModel = 350;

    [Fact]
    public void No_source_file_is_longer_than_a_sitting() =>
        Offences.AreNone(
            from file in Repository.Sources("src").Concat(Repository.Sources("tests"))
            let limit = file.StartsWith("src/Itra.Trainer/Clip/", StringComparison.Ordinal) ? LongestModel : Longest
            let lines = Lines(file)
            where lines > limit
            select $"{file}: {lines} lines, {limit} at most");

    [Fact]
    public void Most_files_fit_a_screen()
    {
        int[] lengths = [.. new[] { "src/Itra.Domain", "src/Itra.Tracking", "src/Itra.Cli" }.SelectMany(Repository.Sources).Select(Lines).Order()];
        Assert.True(lengths[lengths.Length / 2] <= 60, $"the median file has {lengths[lengths.Length / 2]} lines, 60 at most");
        Assert.True(lengths[lengths.Length * 9 / 10] <= 150, $"one file in ten has more than {lengths[lengths.Length * 9 / 10]} lines, 150 at most");
    }

    [Fact]
    public void The_readme_is_read_in_two_minutes() => Assert.InRange(Lines("README.md"), 1, 120);

    private static int Lines(string file) => Repository.Read(file).TrimEnd('\n').Split('\n').Length;
}
