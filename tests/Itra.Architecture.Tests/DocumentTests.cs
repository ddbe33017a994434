using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Itra.Architecture.Tests;

public partial class DocumentTests
{
    [Fact]
    public void Every_link_in_a_document_leads_to_something() =>
        Offences.AreNone(
            from document in Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal))
            from Match link in Links().Matches(Repository.Read(document))
            let target = Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, link.Groups["target"].Value)
            where !Path.Exists(target)
            select $"{document}: {link.Value}");

    [Fact]
    public void Every_package_a_build_carries_is_in_the_notice()
    {
        var notice = Repository.Read("NOTICE");
        var packages = Repository.Files
            .Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal))
            .SelectMany(f => XDocument.Parse(Repository.Read(f)).Descendants("PackageReference"))
            .Select(p => p.Attribute("Include")!.Value)
            .Where(p => !p.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal))
            .ToHashSet();
        Assert.NotEmpty(packages);
        Assert.DoesNotContain(packages, p => !notice.Contains(p, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<target>[^)#\s]+)[^)]*\)")]
    private static partial Regex Links();
}
