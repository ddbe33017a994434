using System.Text.Json.Serialization;

namespace Itra.Domain.Leaderboards;

// The vocabulary of a leaderboard. Its stream is called leaderboard-NAME. Stored events live for ever: add, never edit.

/// <summary>A fact of a leaderboard. <see cref="At"/> is when it became one, by the clock of the machine that recorded it.</summary>
public abstract record LeaderboardEvent
{
    public required DateTimeOffset At { get; init; }
}

/// <summary>The board was defined, or defined anew: from here on it is ranked so.</summary>
/// <param name="Version">Counts from 1 within the board.</param>
/// <param name="By">Who defined it.</param>
public sealed record LeaderboardDefined(string Name, int Version, LeaderboardDefinition Definition, string By) : LeaderboardEvent;

/// <summary>Results of other people's systems were put beside ours. A row of a name that is there already takes its place.</summary>
public sealed record ExternalRowsAdded(string Name, IReadOnlyList<ExternalRow> Rows, string By) : LeaderboardEvent;

/// <summary>What somebody else reports of a system that did not run here.</summary>
/// <param name="Source">Where the figures are from.</param>
/// <param name="Scores">In percent, by metric name; those that are not reported are not there.</param>
public sealed record ExternalRow(string Name, string Source, IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>What has to be known about the figures, such as a correction.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    public bool Equals(ExternalRow? other) =>
        other is not null && (Name, Source, Note) == (other.Name, other.Source, other.Note)
        && Scores.Count == other.Scores.Count && Scores.All(s => other.Scores.TryGetValue(s.Key, out var value) && value.Equals(s.Value));

    public override int GetHashCode() => HashCode.Combine(Name, Source, Note, Scores.Count);
}
