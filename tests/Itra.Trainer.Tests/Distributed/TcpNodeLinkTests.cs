using System.Diagnostics;
using Itra.Trainer.Distributed;
using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Distributed;

public class TcpNodeLinkTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_sum_is_that_in_the_order_of_the_processes_to_the_bit_everywhere(int processes)
    {
        using var teams = new LoopbackTeams(processes);
        foreach (var length in new[] { 0L, 1, 2, 3, 7, 1001, 65_537, 1_000_003 })
        {
            var vectors = Enumerable.Range(0, processes).Select(p => Random(length, seed: (ulong)p).Times(Math.Pow(10, p))).ToList();
            using var expected = vectors[0].clone();
            foreach (var other in vectors.Skip(1)) expected.Add(other);
            teams.OnAll(team =>
            {
                team.Link.Sum(vectors[team.Place.Process]);
                return true;
            });
            Assert.All(vectors, v => Assert.Equal(expected.data<float>().ToArray(), v.data<float>().ToArray()));
        }
    }

    [Fact]
    public void A_hundred_megabytes_are_summed()
    {
        using var teams = new LoopbackTeams(2);
        var results = teams.OnAll(team =>
        {
            using var vector = ones(25_000_000).Multiply(team.Place.Process + 1);
            team.Link.Sum(vector);
            return (vector.min().item<float>(), vector.max().item<float>());
        });
        Assert.All(results, r => Assert.Equal((3f, 3f), r));
    }

    [Fact]
    public void Whole_numbers_and_doubles_are_summed_too_and_bytes_are_not()
    {
        using var teams = new LoopbackTeams(2);
        var results = teams.OnAll(team =>
        {
            using var counts = tensor(new[] { 1L << 40, 5, -7 }).Add(team.Place.Process);
            using var values = tensor(new[] { 1e-12, 1.0 });
            team.Link.Sum(counts);
            team.Link.Sum(values);
            using var bytes = zeros(3, ScalarType.Byte);
            Assert.Throws<ArgumentException>(() => team.Link.Sum(bytes));
            return (string.Join(' ', counts.data<long>().ToArray()), values.data<double>().ToArray()[0]);
        });
        Assert.All(results, r => Assert.Equal(($"{(1L << 41) + 1} 11 -13", 2e-12), r));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Byte)]
    public void Rows_are_gathered_in_order_and_the_first_process_s_are_everybody_s(ScalarType type)
    {
        using var teams = new LoopbackTeams(3);
        var results = teams.OnAll(team =>
        {
            using var rows = full([5, 3], 10 + team.Place.Process, type);
            using var all = zeros([15, 3], type);
            team.Link.Gather(rows, all);
            team.Link.Broadcast(rows);
            return (string.Join(' ', all.to(ScalarType.Int64).select(1, 2).data<long>().ToArray()), rows.to(ScalarType.Int64).sum().item<long>());
        });
        Assert.All(results, r => Assert.Equal(("10 10 10 10 10 11 11 11 11 11 12 12 12 12 12", 150L), r));
    }

    [Fact]
    public void Processes_that_are_not_at_the_same_operation_are_told()
    {
        using var teams = new LoopbackTeams(2);
        var errors = teams.OnAll(team =>
        {
            using var vector = zeros(1000 + team.Place.Process);
            return Assert.Throws<RankFailedException>(() => team.Link.Sum(vector)).Message;
        });
        Assert.All(errors, e => Assert.Contains("is at operation 0, a Sum of", e, StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_that_lives_and_does_not_come_to_an_update_is_named()
    {
        using var teams = new LoopbackTeams(3, stall: 2);
        var since = Stopwatch.GetTimestamp();
        var errors = teams.OnAll(team =>
        {
            using var vector = zeros(1000);
            // Outside of an update everybody waits for as long as it takes.
            if (team.Place.Process == 2) Thread.Sleep(TimeSpan.FromSeconds(3));
            team.Link.Sum(vector);
            team.Link.IsInStep = true;
            if (team.Place.Process == 2) Assert.True(team.Failed.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)));
            return Assert.Throws<RankFailedException>(() => team.Link.Sum(vector)).Message;
        });
        Assert.Contains(errors.Take(2), e => e.StartsWith("process 2 on", StringComparison.Ordinal));
        Assert.All(errors, e => Assert.Contains("is alive, but has sent process", e, StringComparison.Ordinal));
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 5, 20);
    }

    private static Tensor Random(long length, ulong seed)
    {
        using var random = new Generator(seed);
        return randn([length], generator: random);
    }
}
