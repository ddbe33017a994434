using Itra.Domain.Leaderboards;

namespace Itra.Domain.Tests.Leaderboards;

public class LeaderboardDeciderTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static LeaderboardDefinition Definition(string lr = "1e-5") =>
        new("coco") { Metric = "acc", Filters = new LeaderboardFilters("e") { Settings = new Dictionary<string, string> { ["lr"] = lr } } };

    private static ExternalRow Row(string name, double acc = 1) => new(name, "a paper", new Dictionary<string, double> { ["acc"] = acc });

    private static Leaderboard After(params LeaderboardCommand[] commands) => commands.Aggregate(
        Leaderboard.Undefined, (board, command) => LeaderboardDecider.Decide(command, board).Aggregate(board, (state, e) => state.Evolve(e)));

    private static DefineLeaderboard Define(string lr = "1e-5") => new(Definition(lr), "ada") { At = At };

    private static AddExternalRows Add(params ExternalRow[] rows) => new("coco", rows, "ada") { At = At };

    [Fact]
    public void Each_changed_definition_is_a_new_version_and_the_same_again_is_nothing()
    {
        Assert.Equal(1, Assert.IsType<LeaderboardDefined>(Assert.Single(LeaderboardDecider.Decide(Define(), Leaderboard.Undefined))).Version);
        Assert.Empty(LeaderboardDecider.Decide(Define(), After(Define())));
        Assert.Equal((2, "2e-5"), (After(Define(), Define("2e-5")).Version, After(Define(), Define("2e-5")).Definition!.Filters.Settings["lr"]));
    }

    [Fact]
    public void An_external_row_of_a_known_name_takes_its_place_and_the_same_again_is_nothing()
    {
        var board = After(Define(), Add(Row("FLIP"), Row("BLIP")), Add(Row("FLIP", 2)));
        Assert.Equal([("BLIP", 1.0), ("FLIP", 2.0)], board.External.Select(r => (r.Name, r.Scores["acc"])));
        Assert.Empty(LeaderboardDecider.Decide(Add(Row("FLIP", 2)), board));
    }

    [Fact]
    public void Rows_need_a_board_and_names_of_their_own()
    {
        Assert.Contains("itra leaderboard define", Assert.Throws<UserErrorException>(() => After(Add(Row("FLIP")))).Message, StringComparison.Ordinal);
        Assert.Contains("two rows are called FLIP", Assert.Throws<UserErrorException>(() => After(Define(), Add(Row("FLIP"), Row("FLIP", 2)))).Message, StringComparison.Ordinal);
    }

    public static TheoryData<LeaderboardDefinition> Wrong =>
    [
        new LeaderboardDefinition("Coco!") { Metric = "acc" }, new LeaderboardDefinition("coco"), new LeaderboardDefinition("coco") { Metric = "acc", Formula = "[acc]" },
        new LeaderboardDefinition("coco") { Formula = "acc" }, new LeaderboardDefinition("coco") { Metric = "acc", Choose = new EpochChoice(ChoiceRule.BestBy) },
    ];

    [Theory, MemberData(nameof(Wrong))]
    public void A_definition_that_contradicts_itself_or_lacks_something_is_refused(LeaderboardDefinition definition) =>
        Assert.Throws<UserErrorException>(() => LeaderboardDecider.Decide(new DefineLeaderboard(definition, "ada") { At = At }, Leaderboard.Undefined));
}
