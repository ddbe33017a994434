using Itra.Cli.Demo;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Cli.Tests.Commands;

public sealed class UnshippableLogTests : IDisposable
{
    private readonly ItraProgram itra = new();

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_said_in_a_line_and_keeps_nobody_from_looking()
    {
        var (world, _) = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(1, 12, 10, 40, 1));
        Assert.Equal(ExitCode.Done, itra.Run("rebuild").ExitCode);
        await SqlAsync("alter table itra.run_spec rename column seed to sown");
        Assert.Equal(ExitCode.Done, itra.Run("train", "--offline", "--train-data", "mscoco_captions", "--datasets-dir", world.Datasets, "--vocabulary", world.Vocabulary, "--image-model", world.Model,
            "--text-model", world.Model, "--epochs", "1", "--batch-size", "3", "--workers", "1", "--threads", "1", "--logs", "logs", "--name", "waiting").ExitCode);

        var looked = itra.Run("runs", "ls");
        Assert.Equal((ExitCode.Done, 1), (looked.ExitCode, looked.Output.TrimEnd('\n').Split('\n').Length));
        Assert.Matches("^itra: events of interrupted runs are not in the store yet: .*\"seed\"[^\n]*\n$", looked.Error);
        Assert.DoesNotContain("insert into", looked.Error, StringComparison.Ordinal);

        await SqlAsync("alter table itra.run_spec rename column sown to seed");
        Assert.Contains("\twaiting\t", itra.Run("runs", "ls").Output, StringComparison.Ordinal);
    }

    private async Task SqlAsync(string sql)
    {
        await using var database = new TrackingDatabase(StoreAddress.Resolve(Variable), Variable);
        await using var connection = await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        string? Variable(string name) => name == "ITRA_HOME" ? itra.Home : null;
    }
}
