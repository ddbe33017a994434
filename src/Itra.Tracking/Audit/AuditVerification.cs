using System.Data;
using System.Threading.Channels;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Itra.Tracking.Audit;

/// <summary>Reads everything again that was recorded, and says what is not as it was. Changes nothing.</summary>
/// <param name="blobs">Where the files are that events refer to; null to leave them out.</param>
public sealed class AuditVerification(TrackingDatabase database, Ledger ledger, IArtifactStore? blobs, TimeProvider clock)
{
    private const int Batch = 512;

    private readonly IReadOnlyList<IFoldedDocuments> documents =
    [
        new FoldedDocuments<RunSummary>(TrackingSchema.Name + ".mt_doc_run_summary", "the list of runs", RunSummary.Fold),
        FoldedRows.Specs,
        FoldedRows.Scores,
    ];

    private readonly Dictionary<string, StreamEvidence> evidence = [];
    private readonly MetricAudit metrics = new();
    private readonly BlobAudit files = new();

    /// <summary>The stream that somebody means: one that anything in the store knows by that id, even if its run is not listed any more, else a run.</summary>
    /// <exception cref="UserErrorException">There is none, or there are several.</exception>
    public static async Task<string> FindAsync(TrackingDatabase database, string text, CancellationToken cancellation) =>
        await database.QueryAsync($"select stream_id from {ChainTable.Name} where stream_id = $1 union select stream_id from {LedgerTables.Leaves} where stream_id = $1", r => r.GetString(0), cancellation, text) is [var id]
            ? id : (await new RunReader(database).FindRunAsync(text, cancellation)).Id;

    /// <summary>To be called once.</summary>
    /// <param name="stream">The one stream to verify, with the whole ledger; null for all.</param>
    /// <param name="exportedSeal">A file that a seal was exported to, to be compared with the ledger; or null.</param>
    /// <exception cref="UserErrorException">The store has no hashes yet, or the file holds no seal.</exception>
    public async Task<AuditReport> VerifyAsync(string? stream, string? exportedSeal, IProgress<AuditProgress>? progress, CancellationToken cancellation)
    {
        var ledgerAudit = new LedgerAudit(ledger, exportedSeal);
        List<AuditFinding> findings = [];
        var events = new EventAudit(evidence, documents, metrics, files);
        var seconds = 0.0;
        await using (var connection = await OpenAsync(cancellation))
        {
            if (connection is null) return Report(events, 0, ledgerAudit, await ledgerAudit.CheckAsync(null, EvidenceOf, cancellation));
            // One state of the store, whatever is recorded meanwhile.
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            await GatherAsync(connection, cancellation);
            findings.AddRange(await ledgerAudit.CheckAsync(connection, EvidenceOf, cancellation));

            var start = clock.GetTimestamp();
            await ReadEventsAsync(connection, events, stream, progress, cancellation);
            seconds = clock.GetElapsedTime(start).TotalSeconds;
            findings.AddRange(events.Unknown);
            foreach (var broken in events.Broken.Except(events.Unknown.Select(u => u.Stream!)).Order(StringComparer.Ordinal)) findings.Add(await ExplainAsync(connection, broken, cancellation));
            findings.AddRange(await metrics.CompareAsync(connection, stream, events.Broken, cancellation));
            foreach (var document in documents) findings.AddRange(await document.CompareAsync(connection, stream, events.Broken, cancellation));
        }
        if (blobs is not null) findings.AddRange(await files.ReadAsync(blobs, progress, cancellation));
        return Report(events, seconds, ledgerAudit, findings);
    }

    private AuditReport Report(EventAudit events, double seconds, LedgerAudit seals, IReadOnlyList<AuditFinding> findings) => new(
        events.Events, events.Streams, seconds, metrics.Blocks, blobs is null ? 0 : files.Count, blobs is null ? 0 : files.Bytes,
        seals.Last?.Number, seals.Last?.At, evidence.Values.Sum(e => Math.Max(0, (e.Head?.Version ?? 0) - e.SealedVersion)), findings);

    /// <summary>Null if nothing was ever recorded.</summary>
    private async Task<NpgsqlConnection?> OpenAsync(CancellationToken cancellation)
    {
        if (!database.Exists) return null;
        var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand($"select to_regclass('{TrackingSchema.Name}.mt_events') is not null, to_regclass('{LedgerTables.Seals}') is not null", connection);
        await using (var row = await command.ExecuteReaderAsync(cancellation))
        {
            await row.ReadAsync(cancellation);
            if (row.GetBoolean(1)) return connection;
            if (row.GetBoolean(0)) throw new UserErrorException("the events of this store have no hashes yet: 'itra audit seal' gives them some");
        }
        await connection.DisposeAsync();
        return null;
    }

    private StreamEvidence EvidenceOf(string stream) => evidence.TryGetValue(stream, out var known) ? known : evidence[stream] = new StreamEvidence();

    private async Task GatherAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using (var heads = await AskAsync(connection, $"select stream_id, version, hash, sealed from {ChainTable.Name}", null, cancellation))
            while (await heads.ReadAsync(cancellation))
                (EvidenceOf(heads.GetString(0)).Head, EvidenceOf(heads.GetString(0)).IsMarkedSealed) = (new ChainHead(heads.GetInt64(1), heads.GetFieldValue<byte[]>(2)), heads.GetBoolean(3));
        await using var streams = await AskAsync(connection, $"select id, version, is_archived from {TrackingSchema.Name}.mt_streams where id <> '{ChainTable.Tombstones}'", null, cancellation);
        while (await streams.ReadAsync(cancellation)) (EvidenceOf(streams.GetString(0)).Counted, EvidenceOf(streams.GetString(0)).IsHidden) = (streams.GetInt64(1), streams.GetBoolean(2));
    }

    private async Task ReadEventsAsync(NpgsqlConnection connection, EventAudit audit, string? stream, IProgress<AuditProgress>? progress, CancellationToken cancellation)
    {
        var total = stream is null ? evidence.Values.Sum(e => e.Head?.Version ?? 0) : EvidenceOf(stream).Head?.Version ?? 0;
        // Reading and hashing at the same time: each keeps a core busy.
        var batches = Channel.CreateBounded<List<ChainedEvent>>(16);
        var reading = Task.Run(async () =>
        {
            try
            {
                await FetchAsync(connection, stream, batches.Writer, cancellation);
                batches.Writer.Complete();
            }
            catch (Exception e)
            {
                batches.Writer.Complete(e);
            }
        }, CancellationToken.None);
        await foreach (var batch in batches.Reader.ReadAllAsync(cancellation))
        {
            foreach (var e in batch) audit.Add(e);
            progress?.Report(new("events", audit.Events, Math.Max(total, audit.Events)));
        }
        await reading;
        audit.Close(stream);
    }

    private static async Task FetchAsync(NpgsqlConnection connection, string? stream, ChannelWriter<List<ChainedEvent>> batches, CancellationToken cancellation)
    {
        // By the index, so that the first event comes at once and nothing is sorted on disk.
        await using (var plan = new NpgsqlCommand("set local enable_sort = off", connection)) await plan.ExecuteNonQueryAsync(cancellation);
        await using var rows = await AskAsync(connection, $"{ChainedEvent.Query} and ($1 is null or stream_id = $1) order by stream_id, version", stream, cancellation);
        List<ChainedEvent> batch = new(Batch);
        while (await rows.ReadAsync(cancellation))
        {
            batch.Add(ChainedEvent.Read(rows));
            if (batch.Count < Batch) continue;
            await batches.WriteAsync(batch, cancellation);
            batch = new(Batch);
        }
        await batches.WriteAsync(batch, cancellation);
    }

    private async Task<AuditFinding> ExplainAsync(NpgsqlConnection connection, string stream, CancellationToken cancellation)
    {
        List<ChainedEvent> events = [];
        await using (var rows = await AskAsync(connection, $"{ChainedEvent.Query} and stream_id = $1 order by version", stream, cancellation))
            while (await rows.ReadAsync(cancellation)) events.Add(ChainedEvent.Read(rows));
        return new ChainDiagnosis(stream, events, EvidenceOf(stream)).Find() ?? throw new InvalidOperationException($"{stream} is broken, and nothing was found: the two checks disagree");
    }

    private static async Task<NpgsqlDataReader> AskAsync(NpgsqlConnection connection, string sql, string? parameter, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        if (sql.Contains("$1", StringComparison.Ordinal)) command.Parameters.Add(new NpgsqlParameter { Value = parameter ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await command.ExecuteReaderAsync(cancellation);
    }
}
