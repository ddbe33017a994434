using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Itra.Domain;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>How the processes of a training find each other: process 0 listens at its address, the others come there and say who they are.</summary>
/// <param name="tell">Shows people what is waited for, and who was turned away.</param>
/// <param name="askedToStop">Called in process 0 when another says that somebody wants to stop.</param>
internal sealed class Rendezvous(WorldPlace place, TimeProvider clock, Action<string> tell, Action askedToStop)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(300), TellEvery = TimeSpan.FromSeconds(10);

    // Where processes have other work to do, a fit of the garbage collector or of the network must not look like death.
    private static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(30);

    public WorldPlace Place => place;

    /// <summary>After which a process that gives no sign of life counts as dead.</summary>
    public TimeSpan Silence { get; init; } = MostSilence;

    /// <summary>What must be the same everywhere, besides the settings.</summary>
    internal static string Version => $"{typeof(Rendezvous).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion} with libtorch {__version__}";

    /// <summary>Process 0 waits for all others.</summary>
    /// <param name="settings">That others must have been started with, too.</param>
    /// <param name="device">What it computes on; null if that does not matter.</param>
    /// <exception cref="UserErrorException">They did not come in time, or do not fit.</exception>
    public ProcessTeam Lead(IReadOnlyDictionary<string, string> settings, CancellationToken cancellation, TorchSharp.DeviceType? device = null)
    {
        var greeting = new Greeting(0, place.Processes, Version, Environment.MachineName, place.Port, settings) { Device = device?.ToString() };
        var reception = new Reception(place, greeting, clock, tell);
        try
        {
            var (lines, data, invitation) = reception.Await(cancellation);
            return new ProcessTeam(place, lines, data, invitation, askedToStop, Silence) { Reception = reception };
        }
        catch
        {
            reception.Dispose();
            throw;
        }
    }

    /// <summary>Another process comes to process 0.</summary>
    /// <param name="settings">That it was started with; null to take what process 0 has.</param>
    /// <param name="prepare">Makes from process 0's settings what has to be there before anything begins.</param>
    /// <exception cref="UserErrorException">Process 0 is not there, or lets it not take part.</exception>
    public (ProcessTeam Team, T Prepared) Follow<T>(IReadOnlyDictionary<string, string>? settings, Func<Invitation, T> prepare, CancellationToken cancellation)
    {
        var control = Connect(cancellation);
        var line = new ControlLine(control, clock);
        using var stop = cancellation.Register(line.Dispose);
        var data = new List<DataLine>();
        var isMade = false;
        try
        {
            using var listener = Sockets.Listen(Sockets.ReachableFrom(place.Address, control), port: 0);
            line.Say(Word.Greeting, new Greeting(place.Process, place.Processes, Version, Environment.MachineName, ((IPEndPoint)listener.LocalEndPoint!).Port, settings));
            var invitation = ControlLine.Read<Invitation>(Expect(line, Word.Invitation));
            for (var process = 0; process < place.Process; process++) data.Add(new DataLine(process, Open(invitation, process, control, cancellation)));
            data.AddRange(Accept(listener, invitation));
            T prepared;
            try
            {
                prepared = prepare(invitation);
            }
            catch (Exception e)
            {
                line.Say(Word.Failure, e.Message);
                throw;
            }
            line.Say(Word.Ready);
            isMade = true;
            return (new ProcessTeam(place, [(0, $"process 0 on {invitation.Peers[0].Host}", line)], data, invitation, askedToStop, Silence), prepared);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidDataException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new UserErrorException($"process 0 at {place.Address}:{place.Port} cannot be understood: {e.Message}; see what process 0 itself says", e);
        }
        finally
        {
            if (!isMade)
            {
                foreach (var one in data) one.Dispose();
                line.Dispose();
            }
        }
    }

    private Socket Connect(CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        var told = since;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Exception reason;
            try
            {
                return Sockets.Connect(place.Address, place.Port, cancellation);
            }
            catch (SocketException e)
            {
                reason = e;
            }
            if (clock.GetElapsedTime(since) > place.Patience)
                throw new UserErrorException($"process 0 did not answer at {place.Address}:{place.Port} within {place.Patience.TotalSeconds:f0} seconds ({reason.Message}): is it running, and are MASTER_ADDR and MASTER_PORT the same for all?", reason);
            if (clock.GetElapsedTime(told) > TellEvery)
            {
                told = clock.GetTimestamp();
                tell($"process {place.Process} of {place.Processes} waits for process 0 at {place.Address}:{place.Port} ({reason.Message})");
            }
            cancellation.WaitHandle.WaitOne(Retry);
        }
    }

    private static byte[] Expect(ControlLine line, Word word) => line.Hear() switch
    {
        (var heard, var content) when heard == word => content,
        (Word.Refusal or Word.Failure, var why) => throw new UserErrorException(Encoding.UTF8.GetString(why)),
        ({ } other, _) => throw new InvalidDataException($"{other} instead of {word}"),
        _ => throw new UserErrorException("process 0 has ended before training began: see what it says itself"),
    };

    private Socket Open(Invitation invitation, int process, Socket control, CancellationToken cancellation)
    {
        var peer = invitation.Peers[process];
        var socket = Sockets.Connect(peer.Address.Length > 0 ? peer.Address : ((IPEndPoint)control.RemoteEndPoint!).Address.ToString(), peer.Port, cancellation);
        new ControlLine(socket, clock).Say(Word.Data, new DataGreeting(invitation.Token, place.Process));
        return socket;
    }

    /// <summary>The connections of those with higher numbers.</summary>
    private IEnumerable<DataLine> Accept(Socket listener, Invitation invitation)
    {
        var found = new SortedDictionary<int, Socket>();
        while (found.Count < place.Processes - 1 - place.Process)
        {
            var socket = Sockets.Accept(listener);
            if (Reception.DataGreetingOf(socket, invitation.Token, clock) is { } from && from.Process > place.Process && found.TryAdd(from.Process, socket)) continue;
            tell($"turned away {socket.RemoteEndPoint}, which is no process of this training");
            socket.Dispose();
        }
        return found.Select(f => new DataLine(f.Key, f.Value));
    }
}
