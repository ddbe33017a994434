namespace Itra.Domain.Leaderboards;

/// <summary>Something to be recorded about a leaderboard.</summary>
/// <param name="By">Who asks for it.</param>
public abstract record LeaderboardCommand(string Name, string By)
{
    public required DateTimeOffset At { get; init; }
}

public sealed record DefineLeaderboard(LeaderboardDefinition Definition, string By) : LeaderboardCommand(Definition.Name, By);

public sealed record AddExternalRows(string Name, IReadOnlyList<ExternalRow> Rows, string By) : LeaderboardCommand(Name, By);

/// <summary>Command and state in, events out. What is so already gives none.</summary>
public static class LeaderboardDecider
{
    /// <exception cref="UserErrorException">The definition or the rows make no sense.</exception>
    public static IReadOnlyList<LeaderboardEvent> Decide(LeaderboardCommand command, Leaderboard board) => command switch
    {
        DefineLeaderboard d when d.Definition.Checked() == board.Definition => [],
        DefineLeaderboard d => [new LeaderboardDefined(d.Name, board.Version + 1, d.Definition, d.By) { At = d.At }],
        AddExternalRows when board.Definition is null => throw new UserErrorException($"there is no leaderboard '{command.Name}' to add rows to: define it with `itra leaderboard define FILE`"),
        AddExternalRows a when a.Rows.GroupBy(r => r.Name).FirstOrDefault(g => g.Count() > 1) is { } twice =>
            throw new UserErrorException($"two rows are called {twice.Key}: leave one out"),
        AddExternalRows a when a.Rows.Where(row => !board.External.Contains(row)).ToArray() is { Length: > 0 } rows => [new ExternalRowsAdded(a.Name, rows, a.By) { At = a.At }],
        AddExternalRows => [],
        _ => throw new ArgumentException($"{command.GetType().Name} is not a command of a leaderboard", nameof(command)),
    };
}
