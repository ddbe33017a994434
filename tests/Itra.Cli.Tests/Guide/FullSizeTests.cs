using Itra.Cli.Arguments;
using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Guide;

/// <summary>The guide's commands as they are: each is understood, and trains what the guide says.</summary>
public class FullSizeTests
{
    [Fact]
    public void The_copy_has_the_commands_of_the_guide()
    {
        Assert.SkipUnless(File.Exists(GuideScript.GuidePath), "the guide is not beside this repository: ../shared/spec/guide.txt");
        Assert.Equal(GuideScript.Extract(File.ReadAllText(GuideScript.GuidePath)), GuideScript.Commands);
    }

    [Theory]
    [InlineData(0, 1, 102_007_137, 102_007_137)]
    [InlineData(1, 1, 102_007_137, 102_007_137)]
    [InlineData(2, 1, 68_108_289, 102_007_137)]
    [InlineData(3, 9, 68_108_289, 102_007_137)]
    [InlineData(4, 9, 68_108_289, 102_007_137)]
    [InlineData(5, 11, 102_007_137, 102_007_137)]
    [InlineData(6, 1, 97_434_369, 427_944_193)]
    [InlineData(8, 1, 2_049, 102_007_137 + 2_048)]
    public void A_command_is_understood_and_trains_what_the_guide_counts(int number, int turns, long trainable, long total)
    {
        var words = GuideScript.Words(GuideScript.Commands[number]);
        Assert.Equal(turns, words.Count);
        Assert.All(words, w =>
        {
            var request = TrainRequest.Read(Meant(w));
            Assert.Empty(request.Notices);
            var parameters = ModelParameters.Of(request.Config);
            Assert.Equal((trainable, total), (parameters.Trainable, parameters.Total));
            Assert.Empty(parameters.Remarks);
        });
    }

    [Fact]
    public void The_command_with_a_settings_file_is_understood()
    {
        Assert.Equal(9, GuideScript.Commands.Count);
        var words = Meant(GuideScript.Words(GuideScript.Commands[7])[0]);
        Assert.Equal(["--config-yaml", "logs/params.yml", "--name", "custom-name"], words);
    }

    [Fact]
    public void With_its_eight_processes_a_command_means_the_pairs_of_eight_devices()
    {
        var words = GuideScript.Words(GuideScript.Commands[2])[0];
        var request = TrainRequest.Read(["--nproc_per_node", "8", .. words]);
        Assert.Equal((224, 8, 1792), (request.Config.BatchSize, request.Config.Devices, request.Config.PairsPerUpdate));
    }

    /// <summary>The words, or what Itra says was meant by them.</summary>
    private static string[] Meant(string[] words)
    {
        try
        {
            TrainSettings.Read(words);
            return words;
        }
        catch (UserErrorException e) when (GuideScript.Corrected(e.Message) is { } corrected)
        {
            return GuideScript.Words(corrected)[0];
        }
    }
}
