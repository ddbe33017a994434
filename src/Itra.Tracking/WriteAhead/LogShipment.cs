using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace Itra.Tracking.WriteAhead;

/// <summary>The run went on in another process while this log was not shipped: its rest belongs to nobody's history.</summary>
public sealed class LogOvertakenException(string message) : RunRuleException(message);

/// <summary>
/// Stores the records of one log. Each event carries log and sequence number in its headers, so that what a lost answer left in doubt, or a log
/// that is shipped twice, is stored once.
/// </summary>
internal sealed class LogShipment(TrackingStore store, string runId, Guid logId, long basis)
{
    /// <summary>Name in the headers of an event: log, slash, sequence number.</summary>
    public const string Header = "w";

    private long? version;

    /// <summary>Sequence number up to which the store has this log; 0 for nothing.</summary>
    public long Stored { get; private set; }

    /// <summary>Asks the store what it has, which is necessary at first and whenever an answer was lost.</summary>
    /// <exception cref="LogOvertakenException">Another process has resumed the run meanwhile.</exception>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await using var session = store.Marten.QuerySession();
        await using var command = new NpgsqlCommand($"""
            select version, type, coalesce(split_part(headers->>'{Header}', '/', 2), '0')::bigint, headers->>'{Header}' like $2, data->>'process_id', data->>'host'
            from {TrackingSchema.Name}.mt_events where stream_id = $1 and version > $3 order by version
            """);
        foreach (object value in new object[] { runId, $"{logId:N}/%", basis }) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await session.ExecuteReaderAsync(command, cancellation);
        var last = basis;
        while (await reader.ReadAsync(cancellation))
        {
            last = reader.GetInt64(0);
            var isOurs = !reader.IsDBNull(3) && reader.GetBoolean(3);
            if (isOurs) Stored = Math.Max(Stored, reader.GetInt64(2));
            else if (reader.GetString(1) == "run_resumed")
                throw new LogOvertakenException($"{runId} was resumed by process {reader.GetString(4)} on {reader.GetString(5)} while this log was not shipped: what it holds from record {Stored + 1} on is not part of the run");
        }
        version = last;
    }

    /// <summary>Stores records that follow those in the store, in one transaction.</summary>
    public async Task ShipAsync(IReadOnlyList<LogRecord> records, CancellationToken cancellation)
    {
        if (version is null) await LookAsync(cancellation);
        var missing = records.Where(r => r.Sequence > Stored).ToList();
        if (missing.Count == 0) return;
        if (missing[0].Sequence != Stored + 1) throw new InvalidOperationException($"record {missing[0].Sequence} of {runId} was to be stored, but the store has {Stored} only");
        try
        {
            await using var session = store.Marten.LightweightSession();
            object[] events = [.. missing.Select(r => Wrap(session, r))];
            if (version == 0) session.Events.StartStream(runId, events);
            else session.Events.Append(runId, version!.Value + events.Length, events);
            foreach (var record in missing)
                if (record.Chunk is { } chunk) MetricChunkTable.Insert(session, runId, record.Attempt, chunk);
            await session.SaveChangesAsync(cancellation);
            (version, Stored) = (version + events.Length, missing[^1].Sequence);
        }
        catch
        {
            // Whether it was stored is not known: the store is asked before anything else is.
            version = null;
            throw;
        }
    }

    /// <summary>Whether somebody else has written to the run meanwhile, which is no fault: its evaluation by another process, say.</summary>
    public static bool IsRace(Exception e) => e is EventStreamUnexpectedMaxEventIdException or ExistingStreamIdCollisionException || ChainTable.HasMovedOn(e);

    private IEvent Wrap(IDocumentSession session, LogRecord record)
    {
        var e = session.Events.BuildEvent(record.Event);
        e.Id = record.Id;
        e.SetHeader(Header, $"{logId:N}/{record.Sequence}");
        return e;
    }
}
