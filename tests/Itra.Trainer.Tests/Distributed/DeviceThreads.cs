using Itra.Trainer.Distributed;

namespace Itra.Trainer.Tests.Distributed;

/// <summary>Ranks of one process, each on a thread of its own.</summary>
internal static class DeviceThreads
{
    public static T[] OnEach<T>(int devices, Func<ICollective, T> act)
    {
        using var group = new DeviceGroup(devices);
        List<DeviceThread> threads = [.. group.Ranks.Select(r => new DeviceThread($"test-{r.Rank}", 1))];
        try
        {
            return Task.WhenAll(group.Ranks.Zip(threads, (rank, thread) => thread.Start(() => act(rank)))).GetAwaiter().GetResult();
        }
        finally
        {
            foreach (var thread in threads) thread.Dispose();
        }
    }
}
