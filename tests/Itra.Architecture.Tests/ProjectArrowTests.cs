using System.Xml.Linq;

namespace Itra.Architecture.Tests;

public class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Itra.Domain"] = [],
        ["Itra.Tracking"] = ["Itra.Domain"],
        ["Itra.Trainer"] = ["Itra.Domain"],
        ["Itra.Cli"] = ["Itra.Domain", "Itra.Tracking", "Itra.Trainer"],
    };

    [Fact]
    public void Every_project_under_src_points_only_where_the_design_allows()
    {
        var projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(Allowed.Keys.Order(), projects.Select(Path.GetFileNameWithoutExtension).Order());

        foreach (var project in projects)
        {
            var name = Path.GetFileNameWithoutExtension(project);
            var forbidden = References(project).Where(r => r.StartsWith("Itra.", StringComparison.Ordinal)).Except(Allowed[name]);
            Assert.True(!forbidden.Any(), $"{name} must not see {string.Join(", ", forbidden)}");
        }
    }

    [Fact]
    public void The_domain_uses_no_package()
    {
        var domain = XDocument.Load(Path.Combine(Repository.Root, "src", "Itra.Domain", "Itra.Domain.csproj"));
        Assert.Empty(domain.Descendants("PackageReference"));
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
}
