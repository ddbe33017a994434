namespace Itra.Trainer.Clip;

/// <summary>What somebody should know of the statistics that batch norm will train by.</summary>
internal static class BatchNormRemarks
{
    /// <param name="trainsByBatches">Whether the model has batch norm that normalises by the batch; null if it has none.</param>
    public static IEnumerable<string> Of(ClipConfig config, bool? trainsByBatches)
    {
        if (config.TrainData is null) yield break;
        if (trainsByBatches is not true)
        {
            var why = trainsByBatches is null ? $"{config.ImageModel} has no batch norm" : "batch norm of a locked image tower uses the running statistics";
            if (config.UseBnSync) yield return $"--use-bn-sync changes nothing: {why}";
            if (config.GhostBatchNorm > 0) yield return $"--ghost-batch-norm changes nothing: {why}";
            yield break;
        }
        var (images, whole) = (config.ImagesAtOnce, config.BatchSize * config.AccumFreq);
        if (config.UseBnSync && config.Devices == 1) yield return "--use-bn-sync changes nothing: there is one device";
        if (config.GhostBatchNorm >= images) yield return $"--ghost-batch-norm {config.GhostBatchNorm} changes nothing: no more than {images} images are normalised at a time";
        else if (config.GhostBatchNorm == 0 && images < whole)
        {
            var flag = config.GradCache > 0 ? $"--grad-cache {config.GradCache}" : $"--accum-freq {config.AccumFreq}";
            yield return $"{flag}: batch norm normalises each chunk of {images}{(config.UseBnSync && config.Devices > 1 ? $" x {config.Devices}" : "")} images by its own statistics, not by those of all {config.PairsPerUpdate}; the loss is over all";
        }
    }
}
