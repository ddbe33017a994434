using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using JasperFx.Events;
using Marten;
using Marten.Services;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>Gives every event, whatever stream it is of, its hash before it is stored, and moves the stream's chain on in the same transaction.</summary>
internal sealed class ChainListener(ISerializer serializer, TimeProvider clock) : DocumentSessionListenerBase
{
    private readonly ConcurrentDictionary<string, ChainHead> known = [];
    private readonly ConditionalWeakTable<IDocumentSession, Dictionary<string, ChainHead>> pending = [];

    public override async Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
    {
        Dictionary<string, ChainHead> heads = [];
        foreach (var stream in session.PendingChanges.Streams().Where(s => s.Events.Count > 0))
        {
            var key = stream.Key!;
            if (!heads.TryGetValue(key, out var head)) head = await HeadAsync(session, stream, token);
            var next = Chain(key, head, stream.Events);
            session.QueueSqlCommand($"select {Postgres.TrackingSchema.Name}.chain_advance(?, ?, ?, ?)", key, head.Hash, next.Hash, next.Version - head.Version);
            heads[key] = next;
        }
        if (heads.Count > 0) pending.AddOrUpdate(session, heads);
    }

    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        if (!pending.TryGetValue(session, out var heads)) return Task.CompletedTask;
        pending.Remove(session);
        foreach (var (key, head) in heads) known[key] = head;
        return Task.CompletedTask;
    }

    /// <summary>Where the chain ends, without a question to the server where it can be known: if it is out of date, the store refuses, and next time it is asked.</summary>
    private async Task<ChainHead> HeadAsync(IDocumentSession session, StreamAction stream, CancellationToken token)
    {
        if (stream.ActionType == StreamActionType.Start) return ChainHead.None;
        if (known.TryRemove(stream.Key!, out var head)) return head;
        await using var command = new NpgsqlCommand($"select version, hash from {ChainTable.Name} where stream_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = stream.Key });
        await using var reader = await session.ExecuteReaderAsync(command, token);
        return await reader.ReadAsync(token) ? new ChainHead(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : ChainHead.None;
    }

    private ChainHead Chain(string key, ChainHead head, IReadOnlyList<IEvent> events)
    {
        var canonical = new CanonicalJson();
        foreach (var e in events)
        {
            if (e.Id == Guid.Empty) e.Id = Guid.CreateVersion7(clock.GetUtcNow());
            // What PostgreSQL keeps of it, so that it can be hashed before it is stored.
            var at = EventHash.Microseconds(e.Timestamp == default ? clock.GetUtcNow() : e.Timestamp);
            e.Timestamp = EventHash.AtMicrosecond(at);
            var data = canonical.Write(Encoding.UTF8.GetBytes(serializer.ToJson(e.Data)));
            head = new ChainHead(head.Version + 1, EventHash.Of(head.Hash, key, head.Version + 1, e.EventTypeName, e.Id, at, data));
            e.SetHeader(EventHash.Header, Convert.ToHexStringLower(head.Hash));
        }
        return head;
    }
}

/// <summary>The last event of a stream.</summary>
/// <param name="Version">Events so far.</param>
/// <param name="Hash">32 bytes; empty before the first event.</param>
internal readonly record struct ChainHead(long Version, byte[] Hash)
{
    public static ChainHead None => new(0, []);
}
