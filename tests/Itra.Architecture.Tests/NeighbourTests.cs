using System.Text.RegularExpressions;

namespace Itra.Architecture.Tests;

public partial class NeighbourTests
{
    [Theory]
    [InlineData("src/Itra.Trainer", "Itra.Tracking")]
    [InlineData("src/Itra.Tracking", "Itra.Trainer")]
    [InlineData("src/Itra.Domain", "Itra.Tracking")]
    [InlineData("src/Itra.Domain", "Itra.Trainer")]
    public void The_sources_of_a_project_do_not_name_one_it_must_not_see(string folder, string hidden) =>
        Assert.DoesNotContain(Repository.Sources(folder), f => Repository.Read(f).Contains("using " + hidden, StringComparison.Ordinal));

    [Fact]
    public void The_domain_knows_no_store_and_no_torch() =>
        Assert.DoesNotContain(Repository.Sources("src/Itra.Domain"), f => Foreign().IsMatch(Repository.Read(f)));

    [GeneratedRegex(@"^using (static )?(Marten|JasperFx|Npgsql|Minio|TorchSharp|MediatR)\b", RegexOptions.Multiline)]
    private static partial Regex Foreign();
}
