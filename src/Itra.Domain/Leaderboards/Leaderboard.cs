using System.Collections.Immutable;

namespace Itra.Domain.Leaderboards;

/// <summary>A leaderboard's definition of today and its external rows: the fold of its events.</summary>
public sealed record Leaderboard
{
    /// <summary>Begins the id of every leaderboard's stream.</summary>
    public const string StreamPrefix = "leaderboard-";

    public static readonly Leaderboard Undefined = new();

    /// <summary>0 if it was never defined.</summary>
    public int Version { get; init; }

    public LeaderboardDefinition? Definition { get; init; }

    public ImmutableList<ExternalRow> External { get; init; } = [];

    public Leaderboard Evolve(LeaderboardEvent e) => e switch
    {
        LeaderboardDefined d => this with { Version = d.Version, Definition = d.Definition },
        ExternalRowsAdded a => this with { External = External.RemoveAll(old => a.Rows.Any(row => row.Name == old.Name)).AddRange(a.Rows) },
        _ => this,
    };
}
