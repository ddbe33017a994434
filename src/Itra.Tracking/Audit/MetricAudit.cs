using System.Security.Cryptography;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>Compares all metric values with the digests in the events that vouch for them, one run at a time.</summary>
internal sealed class MetricAudit
{
    private readonly Dictionary<string, List<Block>> expected = [];
    private string? current;
    private int attempt;

    public long Blocks { get; private set; }

    /// <summary>Takes the next event; those of a stream come together and in order.</summary>
    public void Add(string stream, long version, RunEvent e)
    {
        if (stream != current) (current, attempt) = (stream, 0);
        if (e is RunResumed) attempt++;
        if (e is not MetricsLogged logged) return;
        if (!expected.TryGetValue(stream, out var blocks)) expected[stream] = blocks = [];
        var names = logged.Series.Select(s => s.Name);
        // Nearly always the same: kept once.
        blocks.Add(new Block(version, attempt, logged.FirstStep, logged.Count, blocks is [.., var last] && names.SequenceEqual(last.Names) ? last.Names : [.. names], Convert.FromHexString(logged.Sha256)));
        Blocks++;
    }

    /// <param name="only">The one run that was read; null for all.</param>
    /// <param name="broken">Runs whose events were changed.</param>
    public async Task<IReadOnlyList<AuditFinding>> CompareAsync(NpgsqlConnection connection, string? only, IReadOnlySet<string> broken, CancellationToken cancellation)
    {
        List<AuditFinding> findings = [];
        await using var command = new NpgsqlCommand(
            $"select run_id, metric, attempt, first_step, n, encoding, vals from {MetricChunkTable.Name} where $1 is null or run_id = $1 order by run_id", connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = only ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        string? run = null;
        Dictionary<(int, long, string), Column> columns = [];
        while (await rows.ReadAsync(cancellation))
        {
            if (rows.GetString(0) is var next && next != run)
            {
                Finish(run, columns);
                run = next;
            }
            columns[(rows.GetInt32(2), rows.GetInt64(3), rows.GetString(1))] = new Column(rows.GetInt32(4), rows.GetInt16(5), rows.GetFieldValue<byte[]>(6));
        }
        Finish(run, columns);
        foreach (var (missing, _) in expected.ToArray()) Finish(missing, []);
        return findings;

        void Finish(string? id, Dictionary<(int, long, string), Column> found)
        {
            if (id is not null && !broken.Contains(id) && Broken(id, found) is { } finding) findings.Add(finding);
            if (id is not null) expected.Remove(id);
            found.Clear();
        }
    }

    private AuditFinding? Broken(string run, Dictionary<(int Attempt, long First, string Name), Column> columns)
    {
        foreach (var block in expected.GetValueOrDefault(run, []))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var name in block.Names)
            {
                if (!columns.Remove((block.Attempt, block.First, name), out var column)) return Found(run, block, name, "are missing");
                if (column.Bytes(block.Count) is not { } bytes) return Found(run, block, name, "were changed");
                hash.AppendData(bytes);
            }
            if (!hash.GetHashAndReset().AsSpan().SequenceEqual(block.Sha256)) return Found(run, block, string.Join(", ", block.Names), "were changed");
        }
        return columns.Keys.Order().Select(k => (AuditFinding?)new(run, null, Tampering.MetricsAltered, $"values of {k.Name} from step {k.First} on were added: no event vouches for them")).FirstOrDefault();
    }

    private static AuditFinding Found(string run, Block block, string names, string what) =>
        new(run, block.Version, Tampering.MetricsAltered, $"the values of {names} from step {block.First} on {what}: event {block.Version} vouches for others");

    private sealed record Block(long Version, int Attempt, long First, int Count, string[] Names, byte[] Sha256);

    private readonly record struct Column(int Count, short Encoding, byte[] Packed)
    {
        /// <summary>Null if they are not what an event of <paramref name="count"/> steps can have put there.</summary>
        public byte[]? Bytes(int count)
        {
            if (Count != count) return null;
            try
            {
                return MetricChunk.Bytes(MetricCodec.Decode(Encoding, Packed, Count));
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
                return null;
            }
        }
    }
}
