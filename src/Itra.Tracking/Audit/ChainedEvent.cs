using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>An event as its hash covers it.</summary>
/// <param name="Timestamp">Microseconds since 1970, UTC.</param>
/// <param name="Data">JSON as PostgreSQL writes it, in UTF-8.</param>
/// <param name="Hash">Recorded hash in hexadecimal, in ASCII; null if there is none.</param>
/// <param name="IsHidden">Marked in a way that Itra never does, and that makes the event store overlook it or read something else.</param>
internal readonly record struct ChainedEvent(string StreamId, long Version, string Type, Guid Id, long Timestamp, byte[] Data, byte[]? Hash, bool IsHidden = false)
{
    // PostgreSQL counts from 2000.
    private const long Year2000 = 946_684_800_000_000;

    /// <summary>Every event of every stream; a condition and an order may follow.</summary>
    public const string Query = $"""
        select stream_id, version, type, id, timestamp, data::text, headers->>'{EventHash.Header}', is_archived or bdata is not null from {TrackingSchema.Name}.mt_events
        where stream_id <> '{ChainTable.Tombstones}'
        """;

    public static ChainedEvent Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetGuid(3), row.GetFieldValue<long>(4) + Year2000,
        row.GetFieldValue<byte[]>(5), row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6), row.GetBoolean(7));

    /// <summary>The hash that the event has to have behind <paramref name="previous"/>, as <paramref name="version"/>.</summary>
    public byte[] HashAfter(ReadOnlySpan<byte> previous, long version, CanonicalJson canonical) =>
        EventHash.Of(previous, StreamId, version, Type, Id, Timestamp, canonical.Write(Data));
}
