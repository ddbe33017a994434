using System.Collections.Concurrent;
using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public class OrderedPrefetchTests
{
    private sealed class Item(int number, Ledger ledger) : IDisposable
    {
        public int Number => number;

        public void Dispose() => ledger.Disposed.Add(number);
    }

    private sealed class Ledger
    {
        public readonly ConcurrentBag<int> Made = [], Disposed = [];
        public int Open;
    }

    private sealed class Maker(Ledger ledger, Action<int>? before) : IWorker<Item>
    {
        public Item Make(int index, CancellationToken cancellation)
        {
            before?.Invoke(index);
            ledger.Made.Add(index);
            return new Item(index, ledger);
        }

        public void Dispose() => Interlocked.Decrement(ref ledger.Open);
    }

    private static IEnumerable<Item> RunUntil(Ledger ledger, int end, int workers, Action<int>? before, CancellationToken cancellation) =>
        OrderedPrefetch.Run(0, end, workers, () =>
        {
            Interlocked.Increment(ref ledger.Open);
            return (IWorker<Item>)new Maker(ledger, before);
        }, cancellation);

    private static IEnumerable<Item> Run(Ledger ledger, int end, int workers, Action<int>? before = null) =>
        RunUntil(ledger, end, workers, before, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void Items_arrive_in_order_though_their_making_takes_unequal_time(int workers)
    {
        var ledger = new Ledger();
        var numbers = Run(ledger, 20, workers, i => Thread.Sleep(i % 3 * 2)).Select(item => item.Number);
        Assert.Equal(Enumerable.Range(0, 20), numbers);
        Assert.Equal(0, ledger.Open);
    }

    [Fact]
    public void Leaving_early_ends_the_threads_and_disposes_what_nobody_took()
    {
        var ledger = new Ledger();
        foreach (var item in Run(ledger, 1000, 3))
        {
            if (item.Number == 5) break;
        }
        Assert.Equal(0, ledger.Open);
        Assert.InRange(ledger.Made.Count, 6, 6 + 2 * 3 + 3);
        Assert.Equal(ledger.Made.Where(n => n > 5).Order(), ledger.Disposed.Order());
    }

    [Fact]
    public void A_failure_is_thrown_where_its_item_would_have_been()
    {
        var ledger = new Ledger();
        var seen = new List<int>();
        var failure = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var item in Run(ledger, 50, 3, i => { if (i == 7) throw new InvalidDataException("seven"); })) seen.Add(item.Number);
        });
        Assert.Equal("seven", failure.Message);
        Assert.Equal(Enumerable.Range(0, 7), seen);
        Assert.Equal(0, ledger.Open);
    }

    [Fact]
    public void A_worker_that_cannot_start_fails_the_sequence() =>
        Assert.Throws<InvalidOperationException>(() => OrderedPrefetch.Run<Item>(0, 5, 2, () => throw new InvalidOperationException("no decoder"), TestContext.Current.CancellationToken).Count());

    [Fact]
    public void Cancelling_ends_a_wait_for_an_item_that_is_slow()
    {
        var ledger = new Ledger();
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var item in RunUntil(ledger, 50, 2, i => { if (i == 3) { cancel.Cancel(); Thread.Sleep(20); } }, cancel.Token)) Assert.InRange(item.Number, 0, 3);
        });
        Assert.Equal(0, ledger.Open);
    }
}
