namespace Itra.Trainer.Clip;

/// <summary>Where an epoch's time goes, and its mean loss.</summary>
internal sealed class EpochTimer
{
    private readonly TimeProvider clock;
    private readonly int batchSize;
    private readonly int summedBefore;
    private long started, batchStarted;

    /// <param name="before">What is behind it already; its time is not known, and not counted.</param>
    public EpochTimer(TimeProvider clock, int batchSize, EpochPart before)
    {
        (this.clock, this.batchSize) = (clock, batchSize);
        (LossSum, summedBefore) = before.LossSum is { } sum ? (sum, before.Batches) : (0, 0);
        started = batchStarted = clock.GetTimestamp();
    }

    /// <summary>Taken by this process.</summary>
    public int Batches { get; private set; }

    /// <summary>Seconds the last step waited for its images.</summary>
    public double DataSeconds { get; private set; }

    /// <summary>Seconds the last step took in all.</summary>
    public double BatchSeconds { get; private set; }

    /// <summary>Over all steps of the epoch so far, in their order.</summary>
    public double LossSum { get; private set; }

    public double MeanLoss => LossSum / (summedBefore + Batches);

    public double Seconds => clock.GetElapsedTime(started).TotalSeconds;

    public double SamplesPerSecond => Batches * batchSize / Seconds;

    public void DataArrived() => DataSeconds = clock.GetElapsedTime(batchStarted).TotalSeconds;

    public void StepTaken(double loss)
    {
        BatchSeconds = clock.GetElapsedTime(batchStarted).TotalSeconds;
        batchStarted = clock.GetTimestamp();
        LossSum += loss;
        Batches++;
    }

    /// <summary>What was done since the last step was no training: its time does not count.</summary>
    public void LeaveOut()
    {
        var now = clock.GetTimestamp();
        started += now - batchStarted;
        batchStarted = now;
    }
}
