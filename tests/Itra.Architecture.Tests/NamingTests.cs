using System.Text.RegularExpressions;

namespace Itra.Architecture.Tests;

public partial class NamingTests
{
    [Fact]
    public void No_file_under_src_has_a_name_that_says_nothing() =>
        Assert.DoesNotContain(Repository.Sources("src"), f => Vague().IsMatch(Path.GetFileNameWithoutExtension(f)));

    [Fact]
    public void No_type_under_src_has_a_name_that_says_nothing() =>
        Offences.AreNone(
            from file in Repository.Sources("src")
            from Match declaration in Declarations().Matches(Repository.Read(file))
            let name = declaration.Groups["name"].Value
            where Vague().IsMatch(name)
            select $"{file}: {name}");

    [Theory]
    [InlineData("RunManager")]
    [InlineData("ImageUtil")]
    [InlineData("StringUtils")]
    [InlineData("TrainerBase")]
    [InlineData("ServiceRegistry")]
    public void A_vague_word_is_found_in_a_name(string name) => Assert.Matches(Vague(), name);

    [Theory]
    [InlineData("Database")]
    [InlineData("Baseline")]
    [InlineData("Utilisation")]
    public void A_word_that_only_begins_or_ends_like_one_is_not(string name) => Assert.DoesNotMatch(Vague(), name);

    [Theory]
    [InlineData("src/Itra.Domain", "Itra.Domain")]
    [InlineData("src/Itra.Tracking", "Itra.Tracking")]
    [InlineData("src/Itra.Trainer", "Itra.Trainer")]
    [InlineData("src/Itra.Cli", "Itra.Cli")]
    public void A_namespace_is_its_folder(string folder, string root) =>
        Offences.AreNone(
            from file in Repository.Sources(folder)
            let declared = Namespace().Match(Repository.Read(file))
            where declared.Success
            let expected = string.Join('.', Path.GetRelativePath(folder, file).Split('/').SkipLast(1).Prepend(root))
            where declared.Groups["name"].Value != expected
            select $"{file} declares {declared.Groups["name"].Value}");

    [GeneratedRegex(@"(Manager|Helper|Util|Service|Base|Impl)s?(?![a-z])")]
    private static partial Regex Vague();

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex Declarations();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
