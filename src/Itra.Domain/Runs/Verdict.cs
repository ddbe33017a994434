namespace Itra.Domain.Runs;

/// <summary>How a reproduction compares with its original, from best to worst.</summary>
public enum Verdict { BitExact, WithinTolerance, Diverged }

/// <summary>How far a metric of a reproduction strayed.</summary>
/// <param name="Largest">Largest absolute difference met.</param>
/// <param name="Tolerance">What was allowed there.</param>
public sealed record Deviation(string Metric, double Largest, double Tolerance);

/// <summary>Where a reproduction first differed by more than was allowed.</summary>
/// <param name="What">What differed: a metric, a score, a digest.</param>
/// <param name="Epoch">Counted from 1; 0 before the first.</param>
/// <param name="Step">Of a metric value; null for what belongs to an epoch or to the whole run.</param>
/// <param name="Version">The original's event that holds or vouches for the expected value.</param>
public sealed record Divergence(string What, int Epoch, long? Step, long? Version, string Expected, string Found);
