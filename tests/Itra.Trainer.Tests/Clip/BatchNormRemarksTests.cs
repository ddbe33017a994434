using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Trainer.Tests.Clip;

public class BatchNormRemarksTests
{
    private static readonly ClipConfig Training = new() { TrainData = "pairs.csv", ImageModel = "RN50", TextModel = "RN50", BatchSize = 64 };

    [Fact]
    public void Chunks_with_statistics_of_their_own_are_pointed_out_once()
    {
        Assert.Empty(BatchNormRemarks.Of(Training, true));
        Assert.Contains("--grad-cache 16: batch norm normalises each chunk of 16 images", Assert.Single(BatchNormRemarks.Of(Training with { GradCache = 16 }, true)), StringComparison.Ordinal);
        Assert.Contains("not by those of all 512", Assert.Single(BatchNormRemarks.Of(Training with { AccumFreq = 8 }, true)), StringComparison.Ordinal);
        Assert.Contains("64 x 4 images", Assert.Single(BatchNormRemarks.Of(Training with { AccumFreq = 8, NprocPerNode = 4, UseBnSync = true }, true)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "RN50 has no batch norm")]
    [InlineData(false, "a locked image tower")]
    public void Flags_that_change_nothing_are_pointed_out(bool? statistics, string why)
    {
        Assert.Contains(why, Assert.Single(BatchNormRemarks.Of(Training with { GhostBatchNorm = 8 }, statistics)), StringComparison.Ordinal);
        Assert.Contains(why, Assert.Single(BatchNormRemarks.Of(Training with { UseBnSync = true, NprocPerNode = 2 }, statistics)), StringComparison.Ordinal);
        Assert.Empty(BatchNormRemarks.Of(Training with { AccumFreq = 8 }, statistics));
    }

    [Fact]
    public void Groups_no_smaller_than_a_batch_and_a_single_device_are_pointed_out()
    {
        Assert.Contains("no more than 64 images", Assert.Single(BatchNormRemarks.Of(Training with { GhostBatchNorm = 64 }, true)), StringComparison.Ordinal);
        Assert.Contains("one device", Assert.Single(BatchNormRemarks.Of(Training with { UseBnSync = true }, true)), StringComparison.Ordinal);
        Assert.Empty(BatchNormRemarks.Of(Training with { GhostBatchNorm = 32 }, true));
    }

    [Theory]
    [InlineData("64", "1", "0", "24", "leaves 16 of 64 images over")]
    [InlineData("50", "2", "64", "32", "leaves 4 of 36 images over")]
    public void Groups_that_do_not_come_out_even_are_refused(string batch, string accumulated, string cached, string ghost, string problem)
    {
        var settings = new Dictionary<string, string> { ["train_data"] = "pairs.csv", ["image_model"] = "RN50", ["text_model"] = "RN50", ["batch_size"] = batch, ["accum_freq"] = accumulated, ["grad_cache"] = cached, ["ghost_batch_norm"] = ghost };
        Assert.Contains(problem, Assert.Throws<UserErrorException>(() => ClipConfig.Parse(settings)).Message, StringComparison.Ordinal);
    }
}
