using Itra.Cli.Arguments;
using Itra.Domain;
using Itra.Trainer.Distributed;

namespace Itra.Cli.Tests.Arguments;

public class LauncherSettingsTests
{
    private static readonly WorldPlace Two = new(1, 2, 0, 1, "a", 1), Eight = new(5, 8, 1, 4, "a", 1);

    [Fact]
    public void One_process_per_machine_has_as_many_devices_as_it_is_told()
    {
        var request = Read("--nproc_per_node", "3").On(Two);
        Assert.Equal((2, 3, 6), (request.Config.Nnodes, request.Config.NprocPerNode, request.Config.Devices));
        Assert.Equal(("launcher", "command line"), (request.Origins["nnodes"], request.Origins["nproc_per_node"]));
    }

    [Theory]
    [InlineData]
    [InlineData("--nproc_per_node", "4")]
    [InlineData("--nnodes", "2", "--nproc_per_node", "4")]
    public void Several_processes_per_machine_have_a_device_each_whatever_the_launcher_was_told(params string[] words)
    {
        var request = Read(words).On(Eight);
        Assert.Equal((8, 1, 8), (request.Config.Nnodes, request.Config.NprocPerNode, request.Config.Devices));
        Assert.Equal(Math.Max(1, Environment.ProcessorCount / 4), request.Config.Threads);
    }

    [Theory]
    [InlineData("a device each", "--nproc_per_node", "2")]
    [InlineData("the launcher has started 8 processes, 4 of them on this machine", "--nnodes", "3")]
    public void What_contradicts_the_launcher_is_refused(string message, params string[] words) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => Read(words).On(Eight)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_a_launcher_nothing_changes_and_other_processes_cannot_be_asked_for()
    {
        var request = Read("--nproc_per_node", "2");
        Assert.Same(request, request.On(WorldPlace.Alone));
        Assert.Contains("no launcher has started", Assert.Throws<UserErrorException>(() => Read("--nnodes", "2").On(WorldPlace.Alone)).Message, StringComparison.Ordinal);
    }

    private static TrainRequest Read(params string[] words) => TrainRequest.Read(["--train-data", "a.csv", "--image-model", "RN50", "--text-model", "RN50", .. words]);
}
