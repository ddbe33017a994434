using System.Text.Json;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Commands;

public sealed class PrintConfigTests : IDisposable
{
    private readonly ItraProgram itra = new();

    public void Dispose() => itra.Dispose();

    [Fact]
    public void Every_setting_is_shown_with_where_it_comes_from_and_nothing_is_recorded()
    {
        File.WriteAllText(Path.Combine(itra.Home, "old.yml"), "lr: 1.0e-05\nname: old\ntrain_data: mscoco_captions\n");
        var outcome = itra.Run("train", "--print-config", "--json", "--config-yaml", "old.yml", "--name", "new", "--image-model", "RN50", "--text-model", "RN50");
        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        var rows = JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray().ToDictionary(
            r => r.GetProperty("setting").GetString()!, r => (r.GetProperty("value").GetString(), r.GetProperty("from").GetString()));
        Assert.Equal(ClipConfig.Flags.Select(f => f.Key), rows.Keys);
        Assert.Equal((("1E-05", "old.yml"), ("new", "command line"), ("32", "default")), (rows["lr"], rows["name"], rows["epochs"]));
        Assert.Equal([Path.Combine(itra.Home, "old.yml")], Directory.EnumerateFileSystemEntries(itra.Home));
    }

    [Fact]
    public void Settings_that_make_no_sense_together_are_shown_and_then_refused()
    {
        var outcome = itra.Run("train", "--print-config");
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Equal(["setting\tvalue\tfrom", "train_data\t\tdefault"], outcome.Output.Split('\n')[..2]);
        Assert.Contains("csv_separator\t\\t\tdefault\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("--image-model is missing", outcome.Error, StringComparison.Ordinal);
    }
}
