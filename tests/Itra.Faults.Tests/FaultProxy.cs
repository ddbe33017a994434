using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Itra.Faults.Tests;

/// <summary>What a network does to the bytes that pass.</summary>
internal sealed record Weather
{
    public static readonly Weather Fine = new();

    /// <summary>Before every packet.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>On each connection, in each direction.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>Nothing passes, and nobody is told.</summary>
    public bool IsDark { get; init; }

    /// <summary>New connections are closed at once.</summary>
    public bool IsClosed { get; init; }

    /// <summary>A connection breaks when so many bytes have passed to the server, or from it.</summary>
    public (int? Up, int? Down) Cut { get; init; }

    /// <summary>What every request is answered, in place of the server.</summary>
    public string? Answer { get; init; }
}

/// <summary>Stands between the program and a server, on a port of 127.0.0.1.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly Func<EndPoint> target;
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock gate = new();
    private readonly HashSet<Link> links = [];
    private readonly Task accepting;
    private Weather weather = Weather.Fine;
    private int commitsToLose;

    /// <param name="target">Where the server is, asked for each connection.</param>
    public FaultProxy(Func<EndPoint> target)
    {
        this.target = target;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        accepting = AcceptAsync();
    }

    private sealed record Link(Socket Client, Socket? Server)
    {
        public volatile bool LosesAnswer;

        public void Break()
        {
            Client.Close(0);
            Server?.Close(0);
        }
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Commits whose answer was lost.</summary>
    public int CommitsLost { get; private set; }

    /// <summary>Changes the weather, for connections that are open, too.</summary>
    public void Set(Weather next) => weather = next;

    /// <summary>Breaks every connection.</summary>
    public void Drop()
    {
        lock (gate)
        {
            foreach (var link in links) link.Break();
            links.Clear();
        }
    }

    /// <summary>Lets the next so many COMMITs through, and breaks the connection on which the answer comes.</summary>
    public void LoseCommits(int count) => commitsToLose = count;

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        Drop();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                client.NoDelay = true;
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the proxy.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        Link? link = null;
        try
        {
            if (weather.IsClosed)
            {
                client.Close(0);
                return;
            }
            if (weather.Answer is { } answer)
            {
                await CannedAnswer.GiveAsync(client, answer);
                return;
            }
            var place = target();
            var server = new Socket(place.AddressFamily, SocketType.Stream, place is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
            link = new Link(client, server);
            lock (gate) links.Add(link);
            await server.ConnectAsync(place);
            await Task.WhenAny(PumpAsync(link, client, server, up: true), PumpAsync(link, server, client, up: false));
        }
        catch (SocketException)
        {
            // The server is down: so it is for the client.
        }
        finally
        {
            if (link is null) client.Close(0);
            else
            {
                lock (gate) links.Remove(link);
                link.Break();
            }
        }
    }

    private async Task PumpAsync(Link link, Socket from, Socket to, bool up)
    {
        var (buffer, passed) = (new byte[1 << 14], 0);
        try
        {
            for (int n; (n = await from.ReceiveAsync(buffer)) > 0; passed += n)
            {
                while (weather.IsDark) await Task.Delay(20);
                if (weather.Delay > TimeSpan.Zero) await Task.Delay(weather.Delay);
                if (weather.BytesPerSecond is { } rate) await Task.Delay(TimeSpan.FromSeconds((double)n / rate));
                if (up && commitsToLose > 0 && Encoding.ASCII.GetString(buffer, 0, n).Contains("COMMIT", StringComparison.Ordinal)) link.LosesAnswer = true;
                if (!up && link.LosesAnswer)
                {
                    (commitsToLose, CommitsLost) = (commitsToLose - 1, CommitsLost + 1);
                    return;
                }
                if ((up ? weather.Cut.Up : weather.Cut.Down) is { } limit && passed + n > limit)
                {
                    await to.SendAsync(buffer.AsMemory(0, Math.Max(0, limit - passed)));
                    return;
                }
                await to.SendAsync(buffer.AsMemory(0, n));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone; the other follows.
        }
    }
}
