namespace Itra.Domain.Training;

/// <summary>Numbers of scalars in parameters (buffers are not counted).</summary>
public sealed record ParameterCounts(long Total, long Trainable)
{
    public static ParameterCounts operator +(ParameterCounts a, ParameterCounts b) => new(a.Total + b.Total, a.Trainable + b.Trainable);
}
