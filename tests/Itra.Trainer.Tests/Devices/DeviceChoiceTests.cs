using Itra.Domain;
using Itra.Trainer.Devices;
using TorchSharp;

namespace Itra.Trainer.Tests.Devices;

public class DeviceChoiceTests
{
    private static readonly CudaState Two = new(true, "12.8", ["one", "two"], true);

    [Theory]
    [InlineData("auto", "cuda:0,cuda:1")]
    [InlineData("cuda", "cuda:0,cuda:1")]
    [InlineData("cpu", "cpu,cpu")]
    public void Each_replica_has_a_gpu_of_its_own_and_all_share_the_cpu(string asked, string expected) =>
        Assert.Equal(expected, string.Join(',', DeviceChoice.Choose(asked, 2, 0, 1, Two)));

    [Fact]
    public void Automatic_is_the_cpu_where_there_is_no_gpu() =>
        Assert.Equal(DeviceType.CPU, DeviceChoice.Choose("auto", 1, 0, 1, CudaState.None)[0].type);

    [Fact]
    public void A_process_among_several_takes_its_own_gpu() => Assert.Equal("cuda:1", DeviceChoice.Choose("cuda", 1, 1, 1, Two)[0].ToString());

    [Fact]
    public void More_replicas_than_gpus_are_refused_with_what_does_the_same() =>
        Assert.Equal("--nproc_per_node 8: there are 2 GPUs here; --nproc_per_node 2 --accum-freq 4 puts the same pairs in one loss",
            Assert.Throws<UserErrorException>(() => DeviceChoice.Choose("auto", 8, 0, 1, Two)).Message);

    [Fact]
    public void A_gpu_that_a_launcher_numbers_and_is_not_here_is_refused() =>
        Assert.Contains("GPUs 2 to 2 are asked for and there are 2", Assert.Throws<UserErrorException>(() => DeviceChoice.Choose("cuda", 1, 2, 1, Two)).Message, StringComparison.Ordinal);

    public static TheoryData<CudaState, string> Lacking => new()
    {
        { CudaState.None, "is for CPUs alone: build Itra with -p:Torch=cuda, or set ITRA_LIBTORCH" },
        { new CudaState(true, null, [], false), "there is no NVIDIA driver" },
        { new CudaState(true, "12.4", [], false), "no GPU is visible" },
        { new CudaState(true, "11.4", ["one"], false), "which is 11.4; update the driver" },
    };

    [Theory]
    [MemberData(nameof(Lacking))]
    public void A_gpu_that_is_asked_for_and_cannot_be_had_is_refused_with_what_is_missing(CudaState state, string reason) =>
        Assert.Contains(reason, Assert.Throws<UserErrorException>(() => DeviceChoice.Choose("cuda", 1, 0, 1, state)).Message, StringComparison.Ordinal);

    [Fact]
    public void Deterministic_algorithms_can_be_asked_for_and_taken_back()
    {
        GpuArithmetic.Set("conv", deterministic: true);
        Assert.True(GpuArithmetic.IsDeterministic);
        GpuArithmetic.Set("conv", deterministic: false);
        Assert.False(GpuArithmetic.IsDeterministic);
    }
}
