using System.Security.Cryptography;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>A signed statement on the ends of all chains at one time. Bytes are in lower-case hexadecimal.</summary>
/// <param name="Number">1, 2, 3...</param>
/// <param name="Previous"><see cref="Hash"/> of the seal before; empty for the first.</param>
/// <param name="Streams">How many chains there were.</param>
/// <param name="Events">How many events they held together.</param>
/// <param name="Root">What <see cref="HeadTrie"/> makes of their ends.</param>
/// <param name="Key">SHA-256 of the signer's public key (SubjectPublicKeyInfo).</param>
/// <param name="Signature">ECDSA over P-256 and SHA-256 of <see cref="Statement"/>, as a DER sequence.</param>
public sealed record Seal(long Number, string Previous, DateTimeOffset At, long Streams, long Events, string Root, string Key, string Signature)
{
    internal const string Columns = "number, encode(previous, 'hex'), at, streams, events, encode(root, 'hex'), encode(key, 'hex'), encode(signature, 'hex')";

    /// <summary>Over all of the seal, the signature included: a seal that is signed again is another one.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData([.. Statement(), .. Convert.FromHexString(Signature)]));

    /// <summary>What is signed: all other fields, each behind its length as big-endian int32.</summary>
    internal byte[] Statement()
    {
        var fields = new HashFields(new byte[128 + Previous.Length + Root.Length + Key.Length]);
        fields.Add(Number);
        fields.Add(Convert.FromHexString(Previous));
        fields.Add(EventHash.Microseconds(At));
        fields.Add(Streams);
        fields.Add(Events);
        fields.Add(Convert.FromHexString(Root));
        fields.Add(Convert.FromHexString(Key));
        return fields.Written.ToArray();
    }

    internal static Seal Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt64(3), row.GetInt64(4), row.GetString(5), row.GetString(6), row.GetString(7));

    /// <summary>Whether all fields have the form that they must have, so that hashing them cannot fail.</summary>
    internal bool IsWellFormed => Number > 0 && (IsHex(Previous, 32) || Previous is "") && IsHex(Root, 32) && IsHex(Key, 32) && IsHex(Signature, null);

    private static bool IsHex(string? text, int? bytes) =>
        text is { Length: > 0 and < 1024 } && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigitLower) && (bytes is null || text.Length == 2 * bytes);
}
