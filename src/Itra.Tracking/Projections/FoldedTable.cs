using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Projections;

/// <summary>A table that holds nothing but what is folded from events.</summary>
/// <param name="Name">With its schema.</param>
/// <param name="Key">Columns by which a row is known.</param>
/// <param name="Columns">All that are folded, the key among them.</param>
/// <param name="Indexes">SQL that makes those beside the key's; dropped while many rows are put in.</param>
internal sealed record FoldedTable(string Name, string Key, string Columns, IReadOnlyList<string> IndexNames, string Indexes)
{
    public static readonly FoldedTable Summaries = new(
        TrackingSchema.Name + ".mt_doc_run_summary", "id", "id, data, mt_version, mt_dotnet_type", [], "");

    public static readonly FoldedTable Specs = new(
        RunSpecTable.Name, "run_id", RunSpecTable.Columns, ["run_spec_by_time", "run_spec_by_experiment", "run_spec_by_name", "run_spec_by_kin", "run_spec_by_beginning", "run_spec_by_setting", "run_spec_reproducing"], RunSpecTable.Indexes);

    public static readonly FoldedTable Scores = new(
        ScoreTable.Name, "run_id, version, dataset, metric", ScoreTable.Columns, ["score_by_value", "score_by_experiment", "score_by_split"], ScoreTable.Indexes);

    public static readonly IReadOnlyList<FoldedTable> All = [Summaries, Specs, Scores];

    /// <summary>A table of the session's own, of the same form.</summary>
    public string Folded => "folded_" + Name[(Name.IndexOf('.') + 1)..];

    /// <summary>Rows that are in the first table and not, or otherwise, in the second: aliases <c>a</c> and <c>b</c>.</summary>
    public string Missing(string one, string other) => $"{one} a where not exists (select 1 from {other} b where {Same(Key)} and ({Of("a")}) is not distinct from ({Of("b")}))";

    /// <summary>Rows whose key the fold does not know. Of a row that merely differs, one side is counted.</summary>
    public string Beyond => $"{Name} a where not exists (select 1 from {Folded} b where {Same(Key)})";

    private static string Same(string columns) => string.Join(" and ", columns.Split(", ").Select(c => $"a.{c} = b.{c}"));

    private string Of(string alias) => string.Join(", ", Compared.Select(c => $"{alias}.{c}"));

    // How Marten counts a document's versions is its own affair.
    private IEnumerable<string> Compared => Columns.Split(", ").Where(c => c is not ("mt_version" or "mt_dotnet_type"));
}
