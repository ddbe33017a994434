using System.Text.Json;

namespace Itra.Cli.Tests.Commands;

public sealed class UpDownCommandTests : IDisposable
{
    private readonly ItraProgram itra = new();

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    [Fact]
    public void The_private_database_is_started_and_stopped_and_scripts_are_told()
    {
        Assert.Contains("/postgres/s", Ask("up").GetProperty("psql").GetString(), StringComparison.Ordinal);
        Assert.True(Ask("down").GetProperty("stopped").GetBoolean());
        Assert.False(Ask("down").GetProperty("stopped").GetBoolean());
    }

    private JsonElement Ask(string command) => JsonDocument.Parse(itra.Run(command, "--json").Output).RootElement;
}
