using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Itra.Faults.Tests;

/// <summary>Reads an HTTP request to its end and gives it an answer that is not its server's.</summary>
internal static partial class CannedAnswer
{
    public static string Of(int status, string reason, string code) => Text(status, reason, $"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{reason}</Message></Error>""");

    public static async Task GiveAsync(Socket client, string answer)
    {
        var (buffer, head) = (new byte[1 << 16], "");
        var (read, length) = (0L, long.MaxValue);
        while (read < length && await client.ReceiveAsync(buffer) is > 0 and var n)
        {
            read += n;
            if (length < long.MaxValue) continue;
            head += Encoding.ASCII.GetString(buffer, 0, n);
            if (head.IndexOf("\r\n\r\n", StringComparison.Ordinal) is not (>= 0 and var end)) continue;
            length = end + 4 + (ContentLength().Match(head) is { Success: true } m ? long.Parse(m.Groups[1].Value) : 0);
            if (head.Contains("100-continue", StringComparison.OrdinalIgnoreCase)) await client.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\n"));
        }
        await client.SendAsync(Encoding.ASCII.GetBytes(answer));
        client.Shutdown(SocketShutdown.Send);
    }

    private static string Text(int status, string reason, string body) =>
        $"HTTP/1.1 {status} {reason}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";

    [GeneratedRegex(@"content-length:\s*(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}
