namespace Itra.Trainer.Clip;

/// <summary>Where an epoch's time goes, and its mean loss.</summary>
internal sealed class EpochTimer
{
    private readonly TimeProvider clock;
    private readonly int batchSize;
    private readonly long started;
    private long batchStarted;
    private double lossSum;

    public EpochTimer(TimeProvider clock, int batchSize)
    {
        (this.clock, this.batchSize) = (clock, batchSize);
        started = batchStarted = clock.GetTimestamp();
    }

    public int Batches { get; private set; }

    /// <summary>Seconds the last step waited for its images.</summary>
    public double DataSeconds { get; private set; }

    /// <summary>Seconds the last step took in all.</summary>
    public double BatchSeconds { get; private set; }

    public double MeanLoss => lossSum / Batches;

    public double Seconds => clock.GetElapsedTime(started).TotalSeconds;

    public double SamplesPerSecond => Batches * batchSize / Seconds;

    public void DataArrived() => DataSeconds = clock.GetElapsedTime(batchStarted).TotalSeconds;

    public void StepTaken(double loss)
    {
        BatchSeconds = clock.GetElapsedTime(batchStarted).TotalSeconds;
        batchStarted = clock.GetTimestamp();
        lossSum += loss;
        Batches++;
    }
}
