using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Cli.Output;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardPreviewCommand
{
    private const int Shown = 20;

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "the changed definition" };
        var all = new Option<bool>("--all") { Description = $"every row, not just the first {Shown} and those that go" };
        return new Command("preview", "Shows what a changed definition would do to the ranking. Trains nothing, stores nothing.") { file, all }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var definition = LeaderboardFile.Load(parsed.GetRequiredValue(file)).Checked();
            var board = await store.Leaderboards.FindOrNullAsync(definition.Name, cancellation);
            var external = board?.State.External ?? [];
            var before = board is null ? [] : await store.Leaderboards.RankAsync(board.State.Definition!, external, limit: null, cancellation);
            var places = RankingPreview.Of(before, await store.Leaderboards.RankAsync(definition, external, limit: null, cancellation));
            var ahead = parsed.GetValue(all) ? places.Count : Shown;
            answer.Rows([.. places.Where(p => p.Rank is null || p.Rank <= ahead)], $"no run has a score under {definition.Score.Text}", Columns);
            if (answer.IsForPeople) session.Terminal.Out.WriteLine(board is null ? $"{definition.Name} is not defined yet." : $"Beside version {board.State.Version} of {board.Name}. `itra leaderboard define` makes it so.");
        });
    }

    private static readonly IReadOnlyList<Column<PreviewedPlace>> Columns =
    [
        new("rank", p => p.Rank?.ToString() ?? "", IsNumber: true), new("change", Told), new("run_id", p => p.RunId ?? "") { Label = "run" }, new("name", p => p.Name) { Shrinks = true },
        new("value", p => Form.Percent(p.Value), IsNumber: true), new("rank_before", p => p.RankBefore?.ToString() ?? "", IsNumber: true) { Label = "was" },
        new("value_before", p => Form.Percent(p.ValueBefore), IsNumber: true) { Label = "with" },
    ];

    private static string Told(PreviewedPlace place) => place.Change switch
    {
        PlaceChange.Up => $"↑ {place.RankBefore - place.Rank}",
        PlaceChange.Down => $"↓ {place.Rank - place.RankBefore}",
        PlaceChange.Same => "",
        var other => other.ToString().ToLowerInvariant(),
    };
}
