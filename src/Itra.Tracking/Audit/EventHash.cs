using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Itra.Tracking.Audit;

/// <summary>The hash of an event, which holds that of the event before it. docs/events.md has the layout for those who want to compute it themselves.</summary>
internal static class EventHash
{
    /// <summary>Name in the headers of an event.</summary>
    public const string Header = "h";

    private static readonly long EpochMicroseconds = DateTimeOffset.UnixEpoch.UtcTicks / TimeSpan.TicksPerMicrosecond;

    /// <summary>SHA-256 over the fields, each behind its length as big-endian int32.</summary>
    /// <param name="previous">Hash of the event before; empty for the first of a stream.</param>
    /// <param name="type">Stored name.</param>
    /// <param name="timestamp">Microseconds since 1970, UTC.</param>
    /// <param name="data">The event in the form of <see cref="CanonicalJson"/>.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(ReadOnlySpan<byte> previous, string streamId, long version, string type, Guid id, long timestamp, ReadOnlySpan<byte> data)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(128 + previous.Length + data.Length + Encoding.UTF8.GetMaxByteCount(streamId.Length + type.Length));
        try
        {
            var fields = new HashFields(buffer);
            fields.Add(previous);
            fields.Add(streamId);
            fields.Add(version);
            fields.Add(type);
            fields.Add(id);
            fields.Add(timestamp);
            fields.Add(data);
            return SHA256.HashData(fields.Written);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Microseconds since 1970: what PostgreSQL keeps of a time.</summary>
    public static long Microseconds(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerMicrosecond - EpochMicroseconds;

    public static DateTimeOffset AtMicrosecond(long microseconds) => new((microseconds + EpochMicroseconds) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}

/// <summary>Fields one after another, each behind its length, so that no two lists of fields give the same bytes.</summary>
internal ref struct HashFields(Span<byte> buffer)
{
    private readonly Span<byte> buffer = buffer;
    private int length;

    public readonly ReadOnlySpan<byte> Written => buffer[..length];

    public void Add(ReadOnlySpan<byte> field)
    {
        field.CopyTo(buffer[(length + sizeof(int))..]);
        Close(field.Length);
    }

    public void Add(string field) => Close(Encoding.UTF8.GetBytes(field, buffer[(length + sizeof(int))..]));

    public void Add(long field)
    {
        BinaryPrimitives.WriteInt64BigEndian(buffer[(length + sizeof(int))..], field);
        Close(sizeof(long));
    }

    public void Add(Guid field)
    {
        field.TryWriteBytes(buffer[(length + sizeof(int))..], bigEndian: true, out var written);
        Close(written);
    }

    private void Close(int bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer[length..], bytes);
        length += sizeof(int) + bytes;
    }
}
