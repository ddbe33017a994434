using Itra.Cli.Arguments;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Arguments;

/// <summary>params.yml of a run, given back with --config-yaml.</summary>
public sealed class SettingsRoundTripTests : IDisposable
{
    private static readonly string[] OddTexts = ["null", "~", "true", "1e-5", "0x1f", "- a", "a: b", "# a", "'a' \"b\"", "\\t", "!attnpool,!layer4", "*a", "&a", "[a]", "{a", "%a", "@a", "été", " a ", "\t", "=", "<<", "2026-01-01"];

    private readonly string logs = Directory.CreateTempSubdirectory("itra-params-").FullName;

    public void Dispose() => Directory.Delete(logs, recursive: true);

    [Fact]
    public void Every_setting_survives_whatever_its_value()
    {
        // Each text flag in turn has each odd text; numbers and switches have what is not their default.
        for (var turn = 0; turn < OddTexts.Length; turn++)
        {
            var values = ClipConfig.Flags.Index().ToDictionary(f => f.Item.Key, f => f.Item.Type switch
            {
                var t when t == typeof(bool) => "true",
                var t when t == typeof(int) => "7",
                var t when t == typeof(double) => turn % 2 == 0 ? "3.125E-05" : "0.25",
                var t when t == typeof(double[]) => "0.5 0.75",
                _ => OddTexts[(f.Index + turn) % OddTexts.Length],
            });
            (values["logs"], values["name"]) = (logs, "run");
            var config = ClipConfig.Read(values);
            RunFolder.Of(config)!.WriteParams(config);

            var read = TrainSettings.Read(["--config-yaml", Path.Combine(logs, "run", "params.yml")]);
            Assert.Equal(values, ClipConfig.Read(read.Values).ToDictionary());
        }
    }

    [Fact]
    public void Defaults_survive_and_stay_readable()
    {
        var config = ClipConfig.Read(new Dictionary<string, string> { ["logs"] = logs, ["name"] = "run", ["image_model"] = "RN50" });
        RunFolder.Of(config)!.WriteParams(config);
        var file = Path.Combine(logs, "run", "params.yml");
        Assert.Equal(config.ToDictionary(), ClipConfig.Read(TrainSettings.Read(["--config-yaml", file]).Values).ToDictionary());
        Assert.Contains("image_model: RN50\n", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Contains("csv_separator: \"\t\"\n", File.ReadAllText(file), StringComparison.Ordinal);
    }
}
