using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Portable.Imports;

/// <summary>Tells whether the database holds the same texts of events that went in: it may have another idea of a key that comes twice, or of a number that is too long.</summary>
internal sealed class StoredText : IDisposable
{
    private readonly IncrementalHash given = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(RunLine line)
    {
        if (line is EventLine e) Append(given, e.Data);
    }

    /// <exception cref="ChainBrokenException">It holds others.</exception>
    public async Task CompareAsync(NpgsqlConnection connection, string runId, CancellationToken cancellation)
    {
        using var kept = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var command = new NpgsqlCommand($"select data::text from {TrackingSchema.Name}.mt_events where stream_id = $1 order by version", connection) { Parameters = { new() { Value = runId } } };
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) Append(kept, rows.GetString(0));
        if (!kept.GetHashAndReset().AsSpan().SequenceEqual(given.GetHashAndReset())) throw new ChainBrokenException("it was not written by an export: PostgreSQL holds its events in another form");
    }

    public void Dispose() => given.Dispose();

    private static void Append(IncrementalHash hash, string text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        var bytes = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
