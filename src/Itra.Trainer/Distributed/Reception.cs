using System.Net.Sockets;
using System.Security.Cryptography;
using Itra.Domain;

namespace Itra.Trainer.Distributed;

/// <summary>Where process 0 awaits the others: it lets in who belongs to the training, and tells the rest why they do not.</summary>
internal sealed class Reception : IDisposable
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(10), LookEvery = TimeSpan.FromMilliseconds(200);
    private const int GreetingMilliseconds = 10_000;
    private const string Come = "come", Connected = "connected";

    private readonly WorldPlace place;
    private readonly Greeting own;
    private readonly TimeProvider clock;
    private readonly Action<string> tell;
    private readonly Socket listener;
    private readonly Thread thread;
    private readonly string token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly object gate = new();
    private readonly SortedDictionary<int, (Greeting Greeting, ControlLine Line)> present = [];
    private readonly SortedDictionary<int, Socket> data = [];
    private UserErrorException? misfit;
    private bool isClosed;

    public Reception(WorldPlace place, Greeting own, TimeProvider clock, Action<string> tell)
    {
        (this.place, this.own, this.clock, this.tell) = (place, own, clock, tell);
        listener = Sockets.Listen(place.Address, place.Port);
        thread = new Thread(AcceptAll) { Name = "itra-reception", IsBackground = true };
        thread.Start();
    }

    /// <summary>Returns when all processes are there and prepared.</summary>
    /// <exception cref="UserErrorException">One did not come in time, does not fit or could not prepare itself.</exception>
    public (IReadOnlyList<(int, string, ControlLine)> Lines, IReadOnlyList<DataLine> Data, Invitation Invitation) Await(CancellationToken cancellation)
    {
        try
        {
            WaitFor(() => present.Count, Come, cancellation);
            var invitation = new Invitation(
                token, [new Peer(own.Host, "", own.Port), .. present.Values.Select(p => new Peer(p.Greeting.Host, Sockets.AddressOf(p.Line.Socket), p.Greeting.Port))],
                own.Settings!, Environment.CurrentDirectory) { Device = own.Device };
            foreach (var (_, line) in present.Values) line.Say(Word.Invitation, invitation);
            WaitFor(() => data.Count, Connected, cancellation);
            foreach (var (process, (greeting, line)) in present) AwaitReady(Named(process, greeting.Host), line, cancellation);
            return ([.. present.Select(p => (p.Key, Named(p.Key, p.Value.Greeting.Host), p.Value.Line))], [.. data.Select(d => new DataLine(d.Key, d.Value))], invitation);
        }
        catch (Exception e)
        {
            lock (gate)
            {
                isClosed = true;
                foreach (var (_, line) in present.Values)
                {
                    Refuse(line, e is OperationCanceledException ? "process 0 was stopped before training began" : e.Message);
                    line.Dispose();
                }
                foreach (var socket in data.Values) socket.Dispose();
            }
            if (e is SocketException or InvalidDataException) throw new UserErrorException($"a process went away before training began ({e.Message}): see what it says itself", e);
            throw;
        }
    }

    /// <returns>What a connection for tensors begins with; null if it is none of this training.</returns>
    public static DataGreeting? DataGreetingOf(Socket socket, string token, TimeProvider clock)
    {
        socket.ReceiveTimeout = GreetingMilliseconds;
        try
        {
            if (new ControlLine(socket, clock).Hear() is not (Word.Data, var content)) return null;
            var greeting = ControlLine.Read<DataGreeting>(content);
            socket.ReceiveTimeout = 0;
            return greeting.Token == token ? greeting : null;
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        thread.Join();
    }

    private static string Named(int process, string host) => $"process {process} on {host}";

    private static void Refuse(ControlLine line, string why)
    {
        try
        {
            line.Say(Word.Refusal, why);
            line.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has gone already.
        }
    }

    private void WaitFor(Func<int> count, string verb, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        var told = since;
        lock (gate)
        {
            while (count() < place.Processes - 1)
            {
                cancellation.ThrowIfCancellationRequested();
                if (misfit is not null) throw misfit;
                LookForTheDead(verb);
                var missing = string.Join(", ", Enumerable.Range(1, place.Processes - 1).Except(present.Keys));
                if (clock.GetElapsedTime(since) > place.Patience)
                    throw new UserErrorException($"of {place.Processes} processes only {count() + 1} have {verb} within {place.Patience.TotalSeconds:f0} seconds{(missing.Length > 0 ? $", not process {missing}" : "")}: start all with the same MASTER_ADDR, MASTER_PORT and WORLD_SIZE");
                if (clock.GetElapsedTime(told) > TellEvery)
                {
                    told = clock.GetTimestamp();
                    tell($"waiting at {place.Address}:{place.Port} for process {missing} of {place.Processes}");
                }
                Monitor.Wait(gate, LookEvery);
            }
        }
    }

    /// <summary>Who dies while others are awaited can be started again; not any more once they know of each other.</summary>
    private void LookForTheDead(string verb)
    {
        foreach (var (process, (greeting, line)) in present.ToList())
        {
            if (!line.Socket.Poll(0, SelectMode.SelectRead) || line.Socket.Available > 0) continue;
            var name = Named(process, greeting.Host);
            if (verb != Come) throw new UserErrorException($"{name} has ended before training began: see what it says itself");
            tell($"{name} has gone again");
            present.Remove(process);
            line.Dispose();
        }
    }

    private static void AwaitReady(string name, ControlLine line, CancellationToken cancellation)
    {
        using var stop = cancellation.Register(line.Dispose);
        try
        {
            switch (line.Hear())
            {
                case (Word.Ready, _):
                    return;
                case (Word.Failure, var why):
                    throw new UserErrorException($"{name} cannot take part: {System.Text.Encoding.UTF8.GetString(why)}");
                default:
                    throw new UserErrorException($"{name} has ended before training began: see what it says itself");
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new UserErrorException($"{name} has gone before training began: see what it says itself", e);
        }
    }

    private void AcceptAll()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = Sockets.Accept(listener);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            // A stranger that says nothing keeps nobody waiting.
            new Thread(() => Receive(socket)) { Name = "itra-greeting", IsBackground = true }.Start();
        }
    }

    private void Receive(Socket socket)
    {
        var line = new ControlLine(socket, clock);
        var from = socket.RemoteEndPoint;
        socket.ReceiveTimeout = GreetingMilliseconds;
        try
        {
            switch (line.Hear())
            {
                case (Word.Greeting, var content):
                    Greet(ControlLine.Read<Greeting>(content), line);
                    return;
                case (Word.Data, var content) when ControlLine.Read<DataGreeting>(content) is var greeting && greeting.Token == token:
                    socket.ReceiveTimeout = 0;
                    lock (gate)
                    {
                        if (isClosed || !data.TryAdd(greeting.Process, socket)) socket.Dispose();
                        Monitor.PulseAll(gate);
                    }
                    return;
                default:
                    throw new InvalidDataException("it does not say who it is");
            }
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            tell($"turned away {from}, which is no process of this training: {e.Message}");
            line.Dispose();
        }
    }

    private void Greet(Greeting greeting, ControlLine line)
    {
        lock (gate)
        {
            if (Admission.Misfit(own, greeting) is { } why)
            {
                // It can never begin then, whoever else comes.
                misfit ??= new UserErrorException(why);
                Refuse(line, why);
            }
            else if (isClosed || present.ContainsKey(greeting.Process))
            {
                Refuse(line, $"process {greeting.Process} is there already, on {present.GetValueOrDefault(greeting.Process).Greeting?.Host}: another training at {place.Address}:{place.Port} needs another MASTER_PORT");
                tell($"turned away another process {greeting.Process}, on {greeting.Host}");
            }
            else
            {
                line.Socket.ReceiveTimeout = 0;
                present.Add(greeting.Process, (greeting, line));
                Monitor.PulseAll(gate);
                return;
            }
            Monitor.PulseAll(gate);
        }
        line.Dispose();
    }
}
