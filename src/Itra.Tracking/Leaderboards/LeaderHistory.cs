using Itra.Domain.Leaderboards;

namespace Itra.Tracking.Leaderboards;

/// <summary>Another first place, or another value of it.</summary>
/// <param name="Leader">Null if nobody has a score that counts any more.</param>
/// <param name="Previous">Null the first time.</param>
public sealed record LeaderChange(DateTimeOffset At, Leader? Leader, Leader? Previous, ChangeCause Cause);

/// <summary>Who was first, and with what.</summary>
public sealed record Leader(string RunId, string Name, int Epoch, double Value);

/// <summary>The event that changed the first place.</summary>
public sealed record ChangeCause(string Stream, long Version, string Type);

/// <summary>Plays a board's past again.</summary>
internal static class LeaderHistory
{
    /// <summary>The changes of the first place under one definition, from its time until another's.</summary>
    /// <param name="before">Who was first under the definition before.</param>
    public static IEnumerable<LeaderChange> Of(LeaderboardDefined version, DateTimeOffset until, IReadOnlyList<Contender> runs, Leader? before)
    {
        var race = new Race(version.Definition, runs);
        var defined = false;
        foreach (var moment in Moments(runs).Where(m => m.At < until).OrderBy(m => m.At).ThenBy(m => m.Run.RunId, StringComparer.Ordinal).ThenBy(m => m.Version))
        {
            if (!defined && moment.At > version.At && Change(version.At, new ChangeCause(Leaderboard.StreamPrefix + version.Name, version.Version, "leaderboard_defined")) is { } change) yield return change;
            defined = moment.At > version.At;
            race.Move(moment.Run, moment.At, moment.Version);
            if (defined && Change(moment.At, new ChangeCause(moment.Run.RunId, moment.Version, "")) is { } next) yield return next;
        }
        if (!defined && Change(version.At, new ChangeCause(Leaderboard.StreamPrefix + version.Name, version.Version, "leaderboard_defined")) is { } only) yield return only;

        LeaderChange? Change(DateTimeOffset at, ChangeCause cause)
        {
            if (race.Leader == before) return null;
            var change = new LeaderChange(at, race.Leader, before, cause);
            before = race.Leader;
            return change;
        }
    }

    private static IEnumerable<(DateTimeOffset At, Contender Run, long Version)> Moments(IEnumerable<Contender> runs) =>
        from run in runs
        from moment in run.Scores.Select(s => (s.At, s.Version)).Concat(run.Scores.Where(s => s.SupersededAt is not null).Select(s => (At: s.SupersededAt!.Value, Version: s.SupersededBy!.Value))).Distinct()
        select (moment.At, run, moment.Version);

    /// <summary>Who is first, kept up to date from one moment to the next.</summary>
    private sealed class Race(LeaderboardDefinition definition, IReadOnlyList<Contender> runs)
    {
        private readonly ILookup<string, Contender> teams = runs.ToLookup(r => Team(definition, r));
        private readonly Dictionary<string, (LeaderboardRow Row, DateTimeOffset RegisteredAt)> rows = [];
        private readonly Dictionary<string, (DateTimeOffset At, long Version)> reached = [];
        private string? first;

        public Leader? Leader => first is not null && rows[first].Row is { RunId: { } run } row ? new Leader(run, row.Name, row.Epoch, row.Value) : null;

        /// <summary>A run has come to an event.</summary>
        public void Move(Contender run, DateTimeOffset at, long version)
        {
            reached[run.RunId] = (at, version);
            var team = Team(definition, run);
            Contender[] members = [.. teams[team].Where(r => reached.ContainsKey(r.RunId)).Select(Then)];
            if (Ranking.Rank(members, definition) is [var row, ..]) rows[team] = (row, members.Min(m => m.RegisteredAt));
            else rows.Remove(team);
            // Whoever was first and is not better now may have been overtaken by anybody.
            if (first == team || first is null) first = rows.Keys.Aggregate((string?)null, Better);
            else if (rows.ContainsKey(team)) first = Better(first, team);
        }

        private Contender Then(Contender run)
        {
            var version = reached[run.RunId].Version;
            return run with
            {
                Scores = [.. run.Scores.Where(s => s.Version <= version).Select(s => s.SupersededBy > version ? s with { SupersededAt = null, SupersededBy = null } : s)],
            };
        }

        private string Better(string? one, string other)
        {
            if (one is null) return other;
            var (a, b) = (rows[one], rows[other]);
            var order = definition.Direction == Direction.HigherIsBetter ? b.Row.Value.CompareTo(a.Row.Value) : a.Row.Value.CompareTo(b.Row.Value);
            if (order == 0) order = a.RegisteredAt.CompareTo(b.RegisteredAt);
            if (order == 0) order = string.CompareOrdinal(a.Row.RunId, b.Row.RunId);
            return order <= 0 ? one : other;
        }

        private static string Team(LeaderboardDefinition definition, Contender run) => definition.Group == Grouping.Seeds ? run.Kin : run.RunId;
    }
}
