namespace Itra.Trainer.Clip;

// What the settings come to, of pairs and devices.
public sealed partial record ClipConfig
{
    /// <summary>Devices that train together.</summary>
    public int Devices => NprocPerNode * Nnodes;

    /// <summary>Pairs that one optimizer update sees.</summary>
    public int PairsPerUpdate => BatchSize * AccumFreq * Devices;

    /// <summary>Pairs whose activations a device holds at a time.</summary>
    internal int ImagesAtOnce => GradCache > 0 ? Math.Min(GradCache, BatchSize * AccumFreq) : BatchSize;

    /// <summary>
    /// Share of the exact gradient that the towers are given. The original gathers features without their gradient: each device sees its own
    /// slice's, and the mean over W devices is a W-th. Batches that one device takes in turn stand for devices.
    /// </summary>
    internal double GatheredShare => !OriginalGather || GatherWithGrad ? 1 : LocalLoss ? 0 : 1.0 / (AccumFreq * Devices);
}
