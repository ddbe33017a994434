namespace Itra.Tracking.Leaderboards;

/// <summary>A run that competes, with every score of it that the definition asks for.</summary>
/// <param name="Kin">Equal for runs that differ only in their seed.</param>
public sealed record Contender(string RunId, string Name, string Experiment, int Seed, DateTimeOffset RegisteredAt, string Kin, IReadOnlyList<ScoreRow> Scores);
