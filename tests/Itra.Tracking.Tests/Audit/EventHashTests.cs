using System.Security.Cryptography;
using System.Text;
using Itra.Tracking.Audit;

namespace Itra.Tracking.Tests.Audit;

public class EventHashTests
{
    private static readonly Guid Id = new("01234567-89ab-cdef-0123-456789abcdef");

    [Fact]
    public void The_bytes_are_laid_out_as_the_document_says()
    {
        byte[] previous = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] laid =
        [
            0, 0, 0, 32, .. previous,
            0, 0, 0, 6, .. "run-é"u8,
            0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2,
            0, 0, 0, 1, (byte)'t',
            0, 0, 0, 16, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
            0, 0, 0, 8, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x41,
            0, 0, 0, 2, .. "{}"u8,
        ];
        Assert.Equal(SHA256.HashData(laid), EventHash.Of(previous, "run-é", 2, "t", Id, 1_000_001, "{}"u8));
    }

    [Fact]
    public void Every_field_counts()
    {
        byte[] Hash(string previous = "", string stream = "s", long version = 1, string type = "t", string id = "01234567-89ab-cdef-0123-456789abcdef", long at = 5, string data = "{}") =>
            EventHash.Of(Encoding.UTF8.GetBytes(previous), stream, version, type, new Guid(id), at, Encoding.UTF8.GetBytes(data));
        string[] hashes =
        [
            .. new[] { Hash(), Hash(previous: "p"), Hash(stream: "st"), Hash(version: 2), Hash(type: "u"), Hash(id: "01234567-89ab-cdef-0123-456789abcdee"), Hash(at: 6), Hash(data: "[]"), Hash(stream: "", type: "st") }
                .Select(Convert.ToHexStringLower),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void A_time_keeps_what_PostgreSQL_keeps_of_it()
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(1_234_567);
        Assert.Equal(at.AddTicks(-7), EventHash.AtMicrosecond(EventHash.Microseconds(at)));
        Assert.Equal(1_000_001, EventHash.Microseconds(DateTimeOffset.UnixEpoch.AddSeconds(1).AddMicroseconds(1)));
    }
}
