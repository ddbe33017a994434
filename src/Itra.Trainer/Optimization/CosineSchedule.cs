namespace Itra.Trainer.Optimization;

/// <summary>Linear warm-up, then half a cosine towards zero, which it comes near but does not reach. Source: open_clip.</summary>
internal sealed record CosineSchedule(double Peak, int Warmup, long TotalSteps)
{
    /// <param name="step">Counts from 0, batches that were left out included.</param>
    public double At(long step) => step < Warmup
        ? Peak * (step + 1) / Warmup
        : 0.5 * (1 + Math.Cos(Math.PI * (step - Warmup) / (TotalSteps - Warmup))) * Peak;
}
