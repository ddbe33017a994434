using System.Diagnostics;
using Itra.Trainer.Distributed;
using Itra.Trainer.Distributed.Nccl;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Distributed.Nccl;

[Collection(nameof(HostNccl))]
public class NcclGroupTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Sums_gathers_and_broadcasts_reach_every_rank(int devices)
    {
        var results = Together(devices, rank =>
        {
            var sum = tensor(new[] { 1f, rank.Rank, 0.5f });
            var pending = rank.Sum(sum);
            var gathered = rank.Gather(tensor(new[] { rank.Rank, 10L + rank.Rank }).view(1, 2));
            pending.Wait();
            var spread = tensor(7.0 + rank.Rank);
            rank.Broadcast(spread);
            return (Sum: sum.data<float>().ToArray(), Gathered: gathered.data<long>().ToArray(), Spread: spread.item<double>(), rank.WorldSize);
        });
        Assert.All(results, r =>
        {
            Assert.Equal([devices, devices * (devices - 1) / 2f, devices / 2f], r.Sum);
            Assert.Equal(Enumerable.Range(0, devices).SelectMany(i => new[] { i, 10L + i }), r.Gathered);
            Assert.Equal((7.0, devices), (r.Spread, r.WorldSize));
        });
        Assert.Equal(0, HostDriver.MarksLeft);
    }

    [Fact]
    public async Task Two_processes_join_by_the_id_that_the_link_hands_round()
    {
        using var barrier = new Barrier(2);
        var shared = new byte[NcclId.Size];
        var results = (await Task.WhenAll(Enumerable.Range(0, 2).Select(node => Task.Factory.StartNew(
            () => Together(2, rank => (rank.Rank, rank.WorldSize, Gathered: rank.Gather(tensor(new[] { (float)rank.Rank })).data<float>().ToArray()), new Link(node, barrier, shared)),
            TaskCreationOptions.LongRunning)))).SelectMany(r => r).ToList();
        Assert.Equal([0, 1, 2, 3], results.Select(r => r.Rank));
        Assert.All(results, r => Assert.Equal((4, "0 1 2 3"), (r.WorldSize, string.Join(' ', r.Gathered))));
    }

    [Fact]
    public void A_rank_that_cannot_go_on_ends_what_the_others_wait_for()
    {
        var since = Stopwatch.GetTimestamp();
        var messages = Together(3, rank =>
        {
            if (rank.Rank == 1)
            {
                rank.Broadcast(zeros(1));
                rank.Abandon(new InvalidDataException("of device 1"));
                return "";
            }
            return Assert.Throws<RankFailedException>(() =>
            {
                rank.Broadcast(zeros(1));
                rank.Gather(zeros(2));
                rank.ThrowIfFailed();
            }).Message;
        });
        Assert.All(messages.Where((_, i) => i != 1), m => Assert.Equal("device 1 cannot go on: of device 1", m));
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 0, 10);
    }

    [Fact]
    public void A_rank_that_fails_before_its_first_exchange_keeps_nobody_waiting_in_the_library()
    {
        var since = Stopwatch.GetTimestamp();
        var messages = Together(3, rank =>
        {
            if (rank.Rank != 1) return Assert.Throws<RankFailedException>(() => rank.Broadcast(zeros(1))).Message;
            Thread.Sleep(500);
            rank.Abandon(new InvalidDataException("of device 1"));
            return "";
        });
        Assert.All(messages.Where((_, i) => i != 1), m => Assert.Equal("device 1 cannot go on: of device 1", m));
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 0, 10);
    }

    [Fact]
    public void A_process_that_fails_before_its_first_exchange_keeps_no_other_waiting_in_the_library()
    {
        using var teams = new LoopbackTeams(2);
        var messages = teams.OnAll(team =>
        {
            using var group = new NcclGroup(HostNccl.Library, HostDriver.Driver, [CPU], team.Link);
            if (team.Place.Process == 0) return Assert.Throws<RankFailedException>(() => group.Ranks[0].Broadcast(zeros(1))).Message;
            Thread.Sleep(500);
            group.Ranks[0].Abandon(new InvalidDataException("of process 1"));
            return "";
        });
        Assert.Contains("process 1 on", messages[0], StringComparison.Ordinal);
        Assert.Contains("of process 1", messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_that_only_the_library_knows_of_ends_what_the_ranks_wait_for()
    {
        var messages = Together(2, rank =>
        {
            if (rank.Rank == 1)
            {
                rank.Broadcast(zeros(1));
                HostNccl.Failing[1] = 6;
                return "";
            }
            return Assert.Throws<RankFailedException>(() =>
            {
                rank.Broadcast(zeros(1));
                rank.Gather(zeros(2));
            }).Message;
        });
        HostNccl.Failing.Clear();
        Assert.Equal("the GPUs cannot exchange what they have: the group was aborted", messages[0]);
    }

    [Fact]
    public void The_version_is_read_as_its_parts() => Assert.Equal("2.27.5", HostNccl.Library.Version);

    [Fact]
    public void A_function_that_the_library_lacks_is_found_when_it_is_opened() =>
        Assert.Throws<EntryPointNotFoundException>(() => new NcclLibrary(name => throw new EntryPointNotFoundException(name), "nowhere"));

    [Theory]
    [InlineData("plain")]
    [InlineData("ema")]
    [InlineData("sgd")]
    public void A_training_over_it_is_the_training_over_the_group_of_cpus_to_the_bit(string kind)
    {
        var folder = Fixtures.ModelFolders().LastOrDefault("*");
        (string, string)[] settings = kind switch { "ema" => [("model_ema", "true")], "sgd" => [("opt", "sgd")], _ => [] };
        using var cpus = new ReferenceTeam(folder, 2, 8, settings);
        using var gpus = new ReferenceTeam(folder, 2, 8, settings, join: devices =>
        {
            var group = new NcclGroup(HostNccl.Library, HostDriver.Driver, [.. Enumerable.Repeat(CPU, devices)]);
            return (group.Ranks, group);
        });
        for (var step = 0; step < 10; step++) Assert.Equal(cpus.Step(step), gpus.Step(step));
        Assert.Single(cpus.Digests.Concat(gpus.Digests).Distinct());
    }

    /// <summary>Every rank on a thread of its own, as in training.</summary>
    private static List<T> Together<T>(int devices, Func<ICollective, T> act, INodeLink? link = null)
    {
        using var group = new NcclGroup(HostNccl.Library, HostDriver.Driver, [.. Enumerable.Repeat(CPU, devices)], link);
        var threads = group.Ranks.Select(rank => new DeviceThread($"test-{rank.Rank}", 1)).ToList();
        try
        {
            var started = threads.Zip(group.Ranks).Select(t => t.First.Start(() => act(t.Second))).ToList();
            return [.. started.Select(t => t.GetAwaiter().GetResult())];
        }
        finally
        {
            foreach (var thread in threads) thread.Dispose();
        }
    }

    private sealed class Link(int node, Barrier barrier, byte[] shared) : INodeLink
    {
        public int Node => node;

        public int Nodes => 2;

        public void Sum(Tensor vector) => throw new InvalidOperationException("GPUs sum by NCCL");

        public void Gather(Tensor rows, Tensor all) => barrier.SignalAndWait();

        public void Broadcast(Tensor tensor)
        {
            if (node == 0) tensor.bytes.CopyTo(shared);
            barrier.SignalAndWait();
            if (node != 0) shared.CopyTo(tensor.bytes);
        }

        public void Abandon(string reason)
        {
        }

        public void Dispose()
        {
        }
    }
}
