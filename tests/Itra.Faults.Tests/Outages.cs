namespace Itra.Faults.Tests;

/// <summary>What a training showed of an outage, and what the outage did to its speed.</summary>
internal static class Outages
{
    /// <summary>Within this somebody who watches is told of a server that takes requests and says nothing: five seconds of patience, two between looks, and what a busy machine takes.</summary>
    public static readonly TimeSpan SoonTold = TimeSpan.FromSeconds(15);

    /// <summary>The first line about events that are not in the store, without its time.</summary>
    public static string Outage(this Training training, Machine machine, string otherwise = "nothing: the store was never behind for long") =>
        machine.Anonymous(training.Lines.FirstOrDefault(l => l.Contains("not in the store yet", StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(' ') + 1)..] : otherwise);

    /// <summary>What an epoch took while something was wrong, and what it took otherwise; the first one is left out, in which the program warms up.</summary>
    public static string MustKeepItsPace(this Training training, TimeSpan from, TimeSpan to)
    {
        var gaps = training.Epochs.Zip(training.Epochs.Skip(1), (one, next) => (one.At, Took: (next.At - one.At).TotalMilliseconds)).Skip(1).ToList();
        var (meanwhile, otherwise) = (Median(gaps.Where(g => g.At >= from && g.At < to)), Median(gaps.Where(g => g.At < from || g.At >= to)));
        // A training that waited would stand for seconds; three times is what a busy machine makes of the same work.
        Assert.True(meanwhile < 3 * otherwise, $"an epoch took {otherwise:F0} ms, and {meanwhile:F0} ms meanwhile");
        return $"an epoch took {meanwhile:F0} ms meanwhile, {otherwise:F0} ms otherwise";

        static double Median(IEnumerable<(TimeSpan, double Took)> gaps) => gaps.Select(g => g.Took).Order().ToList() is { Count: > 0 } sorted ? sorted[sorted.Count / 2] : throw new InvalidOperationException("no epoch fell into it");
    }
}
