namespace Itra.Trainer.Optimization;

/// <summary>
/// The factor on the loss under float16, so that small gradients do not vanish: it grows while all gradients are finite and shrinks when one is
/// not, and then that update is left out. Source: torch.amp.GradScaler, whose numbers and names these are.
/// </summary>
internal sealed class LossScaler
{
    private const double Growth = 2, Backoff = 0.5;
    private const int Interval = 2000;
    private const string ScaleKey = "scale", GrowthKey = "growth_factor", BackoffKey = "backoff_factor", IntervalKey = "growth_interval", TrackerKey = "_growth_tracker";

    /// <summary>2^16, where torch starts.</summary>
    public const double InitialScale = 65536;

    public LossScaler(double scale = InitialScale) => Scale = double.IsFinite(scale) && scale > 0 ? scale : throw new ArgumentOutOfRangeException(nameof(scale), scale, "a scale is above 0");

    public double Scale { get; private set; }

    /// <summary>Updates since the scale last changed.</summary>
    public int Steady { get; private set; }

    /// <summary>As a checkpoint keeps it: what <c>GradScaler.state_dict()</c> gives.</summary>
    public Dictionary<string, object?> State => new() { [ScaleKey] = Scale, [GrowthKey] = Growth, [BackoffKey] = Backoff, [IntervalKey] = (long)Interval, [TrackerKey] = (long)Steady };

    /// <summary>Looks at what a scaled loss has given, and sets the scale of the next.</summary>
    /// <param name="norm">Of the whole gradient.</param>
    /// <returns>Whether the update can be made.</returns>
    public bool Allows(double norm)
    {
        if (!double.IsFinite(norm))
        {
            (Scale, Steady) = (Scale * Backoff, 0);
            return false;
        }
        if (++Steady == Interval) (Scale, Steady) = (Scale * Growth, 0);
        return true;
    }

    public void Resume(double scale, int steady) => (Scale, Steady) = (scale, steady);

    /// <summary>Goes on as a checkpoint says; one without these numbers changes nothing.</summary>
    public void Resume(IReadOnlyDictionary<object, object?>? state)
    {
        if (state?.GetValueOrDefault(ScaleKey) is double and > 0 and var scale && state.GetValueOrDefault(TrackerKey) is long and >= 0 and < Interval and var steady) Resume(scale, (int)steady);
    }
}
