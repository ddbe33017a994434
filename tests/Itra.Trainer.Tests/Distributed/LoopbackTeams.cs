using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Itra.Trainer.Distributed;

namespace Itra.Trainer.Tests.Distributed;

/// <summary>Processes of a training, all in this one, that have met over loopback.</summary>
internal sealed class LoopbackTeams : IDisposable
{
    public static readonly Dictionary<string, string> Settings = new() { ["seed"] = "1", ["threads"] = "1" };

    private static int ports;

    /// <param name="stall">Seconds for which a process may keep the others waiting within an update.</param>
    public LoopbackTeams(int processes, double stall = 60)
    {
        var port = FreePort();
        Teams = OnAll(processes, process =>
        {
            var place = Place(process, processes, port) with { StepPatience = TimeSpan.FromSeconds(stall) };
            return process == 0 ? Lead(place, askedToStop: () => Stops.Add(process)) : Follow(place);
        });
    }

    public IReadOnlyList<ProcessTeam> Teams { get; }

    public ConcurrentBag<int> Stops { get; } = [];

    /// <summary>None that the system gives to somebody else by itself, and none twice.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = 15_000 + (Environment.ProcessId * 37 + Interlocked.Increment(ref ports)) % 10_000;
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one may not be.
            }
        }
    }

    public static WorldPlace Place(int process, int processes, int port) => new(process, processes, 0, 1, "127.0.0.1", port) { Patience = TimeSpan.FromSeconds(60) };

    public static ProcessTeam Lead(WorldPlace place, Dictionary<string, string>? settings = null, Action<string>? tell = null, Action? askedToStop = null, double silence = 30) =>
        new Rendezvous(place, TimeProvider.System, tell ?? (_ => { }), askedToStop ?? (() => { })) { Silence = TimeSpan.FromSeconds(silence) }.Lead(settings ?? Settings, default);

    public static ProcessTeam Follow(WorldPlace place, Dictionary<string, string>? settings = null, Action<Invitation>? prepare = null) =>
        new Rendezvous(place, TimeProvider.System, _ => { }, () => { }).Follow(settings ?? Settings, invitation =>
        {
            prepare?.Invoke(invitation);
            return true;
        }, default).Team;

    /// <summary>Does something as every process at once.</summary>
    public IReadOnlyList<T> OnAll<T>(Func<ProcessTeam, T> act) => OnAll(Teams.Count, process => act(Teams[process]));

    /// <exception cref="AggregateException">What went wrong in each.</exception>
    public static IReadOnlyList<T> OnAll<T>(int processes, Func<int, T> act) =>
        Task.WhenAll(Enumerable.Range(0, processes).Select(p => Task.Factory.StartNew(() => act(p), TaskCreationOptions.LongRunning))).Result;

    public void Dispose()
    {
        if (!Teams[0].Failed.IsCancellationRequested) Teams[0].Give(new Order(OrderKind.End));
        OnAll(team =>
        {
            team.Dispose();
            return true;
        });
    }
}
