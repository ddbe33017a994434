using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Itra.Trainer.Tests.Models;

/// <summary>Serves one file over HTTP/1.1 on this machine, with the faults a download has to live with.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly byte[] content;
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    public FileServer(byte[] content)
    {
        this.content = content;
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        loop = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>The Range header of each request; empty where there was none.</summary>
    public List<string> Ranges { get; } = [];

    /// <summary>Bytes of the body after which the connection breaks.</summary>
    public int BreakAfter { get; init; } = int.MaxValue;

    public bool KnowsRanges { get; init; } = true;

    public string? Status { get; init; }

    public void Dispose()
    {
        stop.Cancel();
        loop.GetAwaiter().GetResult();
        listener.Stop();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // The only way this loop ends.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var range = "";
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            if (line.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase)) range = line["Range: ".Length..];
        Ranges.Add(range);

        var from = KnowsRanges && range.Length > 0 ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;
        var status = Status ?? (from == 0 ? "200 OK" : from < content.Length ? "206 Partial Content" : "416 Range Not Satisfiable");
        var body = status.StartsWith('2') ? content[from..] : [];
        var partial = status.StartsWith("206", StringComparison.Ordinal) ? $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}\r\n" : "";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{partial}Connection: close\r\n\r\n"));
        await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, BreakAfter)));
    }
}
