namespace Itra.Tracking.Leaderboards;

/// <summary>The words by which scores can be asked for.</summary>
/// <param name="Metrics">Of all scores.</param>
/// <param name="Datasets">Name and digest of every split that was measured on.</param>
/// <param name="Experiments">Of all runs, be they scored or not.</param>
public sealed record ScoreNames(IReadOnlyList<string> Metrics, IReadOnlyList<(string Name, string Digest)> Datasets, IReadOnlyList<string> Experiments);
