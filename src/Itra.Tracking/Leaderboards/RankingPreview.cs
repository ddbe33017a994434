namespace Itra.Tracking.Leaderboards;

public enum PlaceChange { Same, Up, Down, New, Gone }

/// <summary>A place under a changed definition beside the one under the present.</summary>
/// <param name="Rank">Null if it would be gone.</param>
/// <param name="RunId">Null for an external row.</param>
public sealed record PreviewedPlace(int? Rank, PlaceChange Change, string? RunId, string Name, double? Value, int? RankBefore, double? ValueBefore);

/// <summary>Two rankings side by side.</summary>
public static class RankingPreview
{
    /// <summary>In the order of the new ranking, then those that would be gone. Groups of seeds are the same if they have a run in common.</summary>
    public static IReadOnlyList<PreviewedPlace> Of(IReadOnlyList<LeaderboardRow> before, IReadOnlyList<LeaderboardRow> after)
    {
        var known = before.SelectMany(row => Keys(row).Select(key => (key, row))).DistinctBy(k => k.key).ToDictionary(k => k.key, k => k.row);
        var kept = after.SelectMany(Keys).ToHashSet();
        return
        [
            .. after.Select(row => Place(row, Keys(row).Select(known.GetValueOrDefault).FirstOrDefault(old => old is not null))),
            .. before.Where(row => !Keys(row).Any(kept.Contains)).Select(old => new PreviewedPlace(null, PlaceChange.Gone, old.RunId, old.Name, null, old.Rank, old.Value)),
        ];
    }

    private static PreviewedPlace Place(LeaderboardRow row, LeaderboardRow? old)
    {
        var change = old is null ? PlaceChange.New : row.Rank < old.Rank ? PlaceChange.Up : row.Rank > old.Rank ? PlaceChange.Down : PlaceChange.Same;
        return new PreviewedPlace(row.Rank, change, row.RunId, row.Name, row.Value, old?.Rank, old?.Value);
    }

    private static IEnumerable<string> Keys(LeaderboardRow row) => row.Seeds?.RunIds ?? [row.RunId ?? "external " + row.Name];
}
