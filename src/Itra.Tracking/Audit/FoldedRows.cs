using System.Security.Cryptography;
using System.Text;
using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>The same as <see cref="FoldedDocuments{T}"/> for a table of which a run has any number of rows.</summary>
/// <param name="sql">All rows of a run together, its id first; <c>$1</c> is the one run that is asked for.</param>
/// <param name="fold">The rows of a run, each as a text that differs wherever the rows do, in any order.</param>
/// <param name="read">The text of a stored row.</param>
internal sealed class FoldedRows(string sql, string name, Func<string, IReadOnlyList<(long Version, RunEvent Event)>, IEnumerable<string>> fold, Func<NpgsqlDataReader, string> read) : IFoldedDocuments
{
    // Rows come by the hundred thousand, and its buffers are worth keeping.
    [ThreadStatic]
    private static CanonicalJson? canonical;

    private readonly Dictionary<string, byte[]> digests = [];
    private readonly List<(long, RunEvent)> events = [];
    private string? current;

    public static FoldedRows Scores => new(
        $"select run_id, {ScoreTable.Columns} from {ScoreTable.Name} where $1 is null or run_id = $1 order by run_id",
        "the leaderboard",
        (run, events) => events.Select(e => e.Event).OfType<RunRegistered>().FirstOrDefault() is { } r ? ScoreRows.Fold(run, events).Select(s => Text(s, StorableText.Of(r.Spec.Experiment))) : [],
        r => Text(
            new ScoreRow(r.GetString(1), r.GetInt64(2), r.GetFieldValue<DateTimeOffset>(4), r.GetInt32(5), r.GetString(7), r.GetString(8), r.GetString(9), r.GetString(3), r.GetDouble(10))
            {
                SupersededAt = r.IsDBNull(11) ? null : r.GetFieldValue<DateTimeOffset>(11), SupersededBy = r.IsDBNull(12) ? null : r.GetInt64(12),
            }, r.GetString(6)));

    public static FoldedRows Specs => new(
        $"select run_id, {RunSpecTable.Columns} from {RunSpecTable.Name} where $1 is null or run_id = $1 order by run_id",
        "the table of specs",
        (_, events) => events.Select(e => e.Event).OfType<RunRegistered>().Take(1).Select(r => Text(RunSpecRow.Of(r))),
        r => Text(new RunSpecRow(r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetInt32(6), r.GetString(7), r.GetString(8), r.GetBoolean(9))));

    public void Add(string stream, long version, RunEvent e)
    {
        if (stream != current)
        {
            Close();
            current = stream;
        }
        events.Add((version, e));
    }

    public void Close()
    {
        if (events.Count > 0 && fold(current!, events).ToList() is { Count: > 0 } rows) digests[current!] = Digest(rows);
        events.Clear();
    }

    public async Task<IReadOnlyList<AuditFinding>> CompareAsync(NpgsqlConnection connection, string? only, IReadOnlySet<string> broken, CancellationToken cancellation)
    {
        List<AuditFinding> findings = [];
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = only ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using (var rows = await command.ExecuteReaderAsync(cancellation))
        {
            var (run, texts) = ("", new List<string>());
            while (await rows.ReadAsync(cancellation))
            {
                if (rows.GetString(0) is var next && next != run)
                {
                    Compare(run, texts);
                    (run, texts) = (next, []);
                }
                texts.Add(read(rows));
            }
            Compare(run, texts);
        }
        findings.AddRange(digests.Keys.Where(s => !broken.Contains(s)).Select(s => Found(s, "was deleted")));
        return findings;

        void Compare(string run, List<string> texts)
        {
            if (texts.Count == 0) return;
            var known = digests.Remove(run, out var digest);
            if (broken.Contains(run) || (known && digest.AsSpan().SequenceEqual(Digest(texts)))) return;
            findings.Add(Found(run, known ? "was edited: it is not what its events fold to" : "was added: no event leads to it"));
        }
    }

    private AuditFinding Found(string stream, string what) => new(stream, null, Tampering.ProjectionAltered, $"the row in {name} {what}; 'itra rebuild' folds it anew");

    private static string Text(ScoreRow s, string experiment) =>
        string.Join('\u001f', s.RunId, s.Version, Time(s.At), s.Epoch, experiment, s.Dataset, s.DatasetDigest, s.Weights, s.Metric, s.Value.ToString("R"), Time(s.SupersededAt), s.SupersededBy);

    private static string Text(RunSpecRow s) => string.Join('\u001f', s.RunId, Time(s.RegisteredAt), s.Experiment, s.Trainer, s.Name, s.Seed, s.Kin, Encoding.UTF8.GetString((canonical ??= new CanonicalJson()).Write(Encoding.UTF8.GetBytes(s.Config))), s.Reproduces);

    // As PostgreSQL keeps it.
    private static long? Time(DateTimeOffset? at) => at?.UtcTicks / TimeSpan.TicksPerMicrosecond;

    private static byte[] Digest(List<string> rows)
    {
        rows.Sort(StringComparer.Ordinal);
        return SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001e', rows)));
    }
}
