using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Itra.Tracking.Tests.Artifacts;

/// <summary>A line to a server that can be made to fail: what comes through it, and what does not, is for the test to say.</summary>
internal sealed class FaultyLine : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Uri server;

    public FaultyLine(Uri server)
    {
        this.server = server;
        listener.Start();
        _ = AcceptAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Answered to every request instead of asking the server; null to ask it.</summary>
    public string? Answer { get; set; }

    /// <summary>Bytes of an upload after which the line breaks, once.</summary>
    public long? BreakUploadAfter { get; set; }

    /// <summary>How many answers of some length are cut in the middle.</summary>
    public int AnswersToCut { get; set; }

    /// <summary>Changes what is uploaded on its way.</summary>
    public bool Garble { get; set; }

    /// <summary>Bytes that have gone up.</summary>
    public long Uploaded { get; private set; }

    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync(stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            if (Answer is { } answer)
            {
                await near.GetStream().ReadAtLeastAsync(new byte[1], 1, cancellationToken: stop.Token);
                await near.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop.Token);
                return;
            }
            await far.ConnectAsync(server.Host, server.Port, stop.Token);
            await Task.WhenAny(UpAsync(near.GetStream(), far.GetStream()), DownAsync(far.GetStream(), near.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // A line that breaks: both ends see it.
        }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to)
    {
        var block = new byte[1 << 16];
        for (int read; (read = await from.ReadAsync(block, stop.Token)) > 0;)
        {
            Uploaded += read;
            if (BreakUploadAfter is { } most && Uploaded >= most)
            {
                BreakUploadAfter = null;
                return;
            }
            if (Garble && read > 20_000) block[read / 2] ^= 1;
            await to.WriteAsync(block.AsMemory(0, read), stop.Token);
        }
    }

    private async Task DownAsync(NetworkStream from, NetworkStream to)
    {
        var (block, total) = (new byte[1 << 12], 0L);
        for (int read; (read = await from.ReadAsync(block, stop.Token)) > 0; total += read)
        {
            if (total > block.Length && AnswersToCut > 0)
            {
                AnswersToCut--;
                return;
            }
            await to.WriteAsync(block.AsMemory(0, read), stop.Token);
        }
    }
}
