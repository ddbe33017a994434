using System.Text.RegularExpressions;

namespace Itra.Architecture.Tests;

// What would not work, or would mean nothing, on the machine of somebody who has just cloned this.
public partial class StrangerTests
{
    private static readonly string[] Binary = [".jpg", ".png", ".npy", ".gz", ".pt", ".safetensors", ".zip", ".bin"];

    private static readonly string[] Written = ["", ".cs", ".md", ".sh", ".yaml", ".csproj", ".props", ".targets"];

    [Fact]
    public void No_file_names_a_path_of_its_authors_machine() =>
        Offences.AreNone(
            from file in Texts()
            let path = HomePath().Match(Repository.Read(file))
            where path.Success
            select $"{file}: {path.Value}");

    [Fact]
    public void No_file_names_a_package_registry() =>
        Offences.AreNone(
            from file in Texts()
            let host = Registry().Match(Repository.Read(file))
            where host.Success
            select $"{file}: {host.Value}");

    [Fact]
    public void No_file_is_too_large_for_a_repository() =>
        Assert.DoesNotContain(Repository.Files, f => new FileInfo(Path.Combine(Repository.Root, f)).Length > 3 << 20);

    [Fact]
    public void Every_text_is_formed_as_the_editor_config_says() =>
        Offences.AreNone(
            from file in Texts().Where(f => Written.Contains(Path.GetExtension(f)))
            let flaw = Untidy().Match(Repository.Read(file))
            where flaw.Success
            select $"{file}: line {Repository.Read(file).AsSpan(0, flaw.Index).Count('\n') + 1}");

    private static IEnumerable<string> Texts() => Repository.Files.Where(f => !Binary.Contains(Path.GetExtension(f)));

    [GeneratedRegex(@"(?<![\w$}.)*])/(root|work)/[\w.-]+")]
    private static partial Regex HomePath();

    [GeneratedRegex(@"api\.nuget\.org|registry\.npmjs\.org|pypi\.org/simple|artifact[o]ry|\bnexus\.")]
    private static partial Regex Registry();

    // A space before the end of a line, a carriage return, or a last line without an end.
    [GeneratedRegex(@"[ \t]\n|\r|[^\n]\z")]
    private static partial Regex Untidy();
}
