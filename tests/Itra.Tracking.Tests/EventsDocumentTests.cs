using System.Text.RegularExpressions;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;
using Npgsql;

namespace Itra.Tracking.Tests;

/// <summary>docs/events.md is for people who write SQL: what it shows them has to work.</summary>
public sealed partial class EventsDocumentTests(TestServer server)
{
    private static readonly string Document = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "events.md"));

    [Fact]
    public void Every_stored_name_is_in_the_table()
    {
        var explained = TableRow().Matches(Document).Select(m => m.Groups["name"].Value);
        Assert.Equal(TrackingRegistration.Events.Keys.Concat(TrackingRegistration.LeaderboardEvents.Keys), explained);
    }

    [Fact]
    public async Task Every_query_answers()
    {
        await using var database = await server.NewDatabaseAsync();
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", "first"));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", "second"));

        var queries = Sql().Matches(Document).Select(m => m.Groups["sql"].Value).ToList();
        Assert.NotEmpty(queries);
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var query in queries)
        {
            await using var command = new NpgsqlCommand(query, connection);
            await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.True(rows.HasRows, query);
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Itra.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Itra.sln is not above " + AppContext.BaseDirectory);
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex("```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sql();
}
