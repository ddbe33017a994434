using System.Diagnostics;
using Itra.Trainer.Distributed;
using static TorchSharp.torch;

namespace Itra.Bench;

/// <summary>Sums of large vectors over several processes, each played by a thread, whose sockets are real: over loopback.</summary>
internal static class CollectivesBench
{
    private static readonly Dictionary<string, string> Settings = new() { ["seed"] = "0" };

    public static void Run(int processes, int megabytes, int port)
    {
        var (rounds, seconds) = (5, new List<double>[processes]);
        Parallel.For(0, processes, new ParallelOptions { MaxDegreeOfParallelism = processes }, process =>
        {
            var rendezvous = new Rendezvous(new WorldPlace(process, processes, 0, 1, "localhost", port), TimeProvider.System, Console.Error.WriteLine, () => { });
            using var team = process == 0 ? rendezvous.Lead(Settings, CancellationToken.None) : rendezvous.Follow(Settings, _ => true, CancellationToken.None).Team;
            using var vector = ones(megabytes * 250_000L);
            team.Link.Sum(vector);
            seconds[process] = [.. Enumerable.Range(0, rounds).Select(_ =>
            {
                var since = Stopwatch.GetTimestamp();
                team.Link.Sum(vector);
                return Stopwatch.GetElapsedTime(since).TotalSeconds;
            })];
            if (process == 0) team.Give(new Order(OrderKind.End));
            else team.Next();
        });
        var median = seconds[0].Order().ElementAt(rounds / 2);
        Console.WriteLine($"{processes} processes, {megabytes} MB of float32: {median * 1000:f0} ms a sum, {megabytes / median / 1000:f2} GB/s of the vector, {2.0 * (processes - 1) / processes * megabytes / median / 1000:f2} GB/s out of each");
    }
}
