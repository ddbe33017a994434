using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Cli.Tests.Arguments;

public sealed class SettingsFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    private TrainRequest Read(string yaml, params string[] words)
    {
        File.WriteAllText(path, yaml);
        return TrainRequest.Read(["--config-yaml", path, .. words]);
    }

    private const string Model = "image_model: RN50\ntext-model: RN50\ntrain_data: mscoco_captions\n";

    [Fact]
    public void The_command_line_wins_over_the_file_and_the_file_over_defaults()
    {
        var request = Read(Model + "lr: 1.0e-05\nname: old\nopt_betas:\n- 0.9\n- 0.98\nlock_image_model: true\nepochs: null\n", "--name", "custom-name");
        Assert.Equal(("custom-name", 1e-5, true, 32), (request.Config.Name, request.Config.Lr, request.Config.LockImageModel, request.Config.Epochs));
        Assert.Equal([0.9, 0.98], request.Config.OptBetas);
        Assert.Equal([$"6 settings from {path}; from the command line instead: name"], request.Notices);
    }

    [Fact]
    public void What_the_original_worked_out_or_does_by_itself_is_ignored_and_what_is_not_built_is_named() => Assert.Equal(
        [
            $"4 settings from {path}", $"{path}: ddp_static_graph: devices of one machine are threads of one process; it is left out",
            $"{path}: w_simcse: a text-to-text loss beside InfoNCE is not part of Itra; it is left out",
        ],
        Read(Model + "device: cuda:0\nrank: 0\nbeta1: 0.9\nsave_most_recent: true\nlogit_scale: 0.07\nadapter: null\nddp_static_graph: true\nw_simcse: 0.1\nzeroshot_frequency: 0\n").Notices);

    [Theory]
    [InlineData("learning_rate: 1\n", "the nearest known one is")]
    [InlineData("MODEL:\n  SPEC:\n    lr: 1\n", "'MODEL' holds settings of its own")]
    [InlineData("lr:\n  peak: 1\n", "'lr' holds settings of its own")]
    [InlineData("just words\n", "must hold one setting per line")]
    [InlineData("lr: [1\n", "is no YAML")]
    public void What_is_no_setting_is_said(string yaml, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => Read(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("/nowhere/params.yml cannot be read", Assert.Throws<UserErrorException>(() => TrainRequest.Read(["--config-yaml", "/nowhere/params.yml"])).Message, StringComparison.Ordinal);
}
