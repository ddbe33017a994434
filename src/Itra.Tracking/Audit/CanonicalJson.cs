using System.Text.Json;

namespace Itra.Tracking.Audit;

/// <summary>
/// One text per JSON value, whatever text it comes from: the one this program serialises, or the one PostgreSQL makes of its jsonb.
/// No white space, keys in the order of their UTF-8 bytes, the fewest escapes, numbers as <see cref="CanonicalNumber"/> has them; as
/// RFC 8785 but for whole numbers, which keep all 64 bits.
/// </summary>
/// <remarks>Keeps its buffers from call to call: for one thread at a time.</remarks>
internal sealed class CanonicalJson : IComparer<CanonicalJson.Member>
{
    private readonly List<Member> members = [];
    private byte[] output = new byte[4096], keys = new byte[1024], scratch = new byte[4096];
    private int length, keyBytes;

    /// <summary>The text in a new array.</summary>
    public static byte[] Of(ReadOnlySpan<byte> json) => new CanonicalJson().Write(json).ToArray();

    /// <returns>The text, valid until the next call.</returns>
    /// <exception cref="JsonException">The bytes are not one JSON value.</exception>
    public ReadOnlySpan<byte> Write(ReadOnlySpan<byte> json)
    {
        (length, keyBytes) = (0, 0);
        members.Clear();
        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            Value(ref reader);
            // Throws if something follows.
            reader.Read();
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair, say, which is seen only by who decodes it.
            throw new JsonException(e.Message, e);
        }
        return output.AsSpan(0, length);
    }

    int IComparer<Member>.Compare(Member x, Member y) => Key(x).SequenceCompareTo(Key(y));

    private void Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Object(ref reader);
                break;
            case JsonTokenType.StartArray:
                Array(ref reader);
                break;
            case JsonTokenType.String:
                Text(ref reader);
                break;
            case JsonTokenType.Number:
                var room = Room(Math.Max(CanonicalNumber.MaxBytes, reader.ValueSpan.Length));
                length += CanonicalNumber.Write(reader.ValueSpan, room);
                break;
            default:
                Append(reader.ValueSpan);
                break;
        }
    }

    private void Array(ref Utf8JsonReader reader)
    {
        Append("["u8);
        for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
        {
            if (!first) Append(","u8);
            Value(ref reader);
        }
        Append("]"u8);
    }

    private void Object(ref Utf8JsonReader reader)
    {
        var (start, firstMember, firstKey, sorted) = (length, members.Count, keyBytes, true);
        Append("{"u8);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (members.Count > firstMember) Append(","u8);
            var (from, key) = (length, keyBytes);
            KeepKey(ref reader);
            Text(ref reader);
            Append(":"u8);
            reader.Read();
            // Before the value: its own members come behind and go again.
            members.Add(new Member(from, 0, key, keyBytes - key));
            Value(ref reader);
            members[^1] = members[^1] with { End = length };
            sorted &= members.Count - firstMember < 2 || Key(members[^2]).SequenceCompareTo(Key(members[^1])) < 0;
        }
        Append("}"u8);
        if (!sorted) Sort(start, firstMember);
        members.RemoveRange(firstMember, members.Count - firstMember);
        keyBytes = firstKey;
    }

    private void Sort(int start, int firstMember)
    {
        members.Sort(firstMember, members.Count - firstMember, this);
        var size = length - start;
        if (scratch.Length < size) System.Array.Resize(ref scratch, Math.Max(size, 2 * scratch.Length));
        output.AsSpan(start, size).CopyTo(scratch);
        var to = start + 1;
        for (var i = firstMember; i < members.Count; i++)
        {
            if (i > firstMember) output[to++] = (byte)',';
            var member = scratch.AsSpan(members[i].Start - start, members[i].End - members[i].Start);
            member.CopyTo(output.AsSpan(to));
            to += member.Length;
        }
    }

    private ReadOnlySpan<byte> Key(Member member) => keys.AsSpan(member.Key, member.KeyLength);

    private void KeepKey(ref Utf8JsonReader reader)
    {
        if (keys.Length - keyBytes < reader.ValueSpan.Length) System.Array.Resize(ref keys, Math.Max(keyBytes + reader.ValueSpan.Length, 2 * keys.Length));
        keyBytes += reader.CopyString(keys.AsSpan(keyBytes));
    }

    private void Text(ref Utf8JsonReader reader)
    {
        Append("\""u8);
        if (!reader.ValueIsEscaped) Append(reader.ValueSpan);
        else
        {
            var plain = new byte[reader.ValueSpan.Length];
            foreach (var b in plain.AsSpan(0, reader.CopyString(plain))) Escape(b);
        }
        Append("\""u8);
    }

    private void Escape(byte b)
    {
        switch (b)
        {
            case (byte)'"': Append("\\\""u8); break;
            case (byte)'\\': Append("\\\\"u8); break;
            case (byte)'\b': Append("\\b"u8); break;
            case (byte)'\f': Append("\\f"u8); break;
            case (byte)'\n': Append("\\n"u8); break;
            case (byte)'\r': Append("\\r"u8); break;
            case (byte)'\t': Append("\\t"u8); break;
            case < 0x20:
                Append("\\u00"u8);
                Append([(byte)('0' + (b >> 4)), "0123456789abcdef"u8[b & 15]]);
                break;
            default: Append([b]); break;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        length += bytes.Length;
    }

    private Span<byte> Room(int bytes)
    {
        if (output.Length - length < bytes) System.Array.Resize(ref output, Math.Max(length + bytes, 2 * output.Length));
        return output.AsSpan(length);
    }

    /// <summary>A key with its value, in the output, and the key alone, without escapes.</summary>
    internal readonly record struct Member(int Start, int End, int Key, int KeyLength);
}
