namespace Itra.Faults.Tests;

/// <summary>What a training showed of an outage, and what the outage did to its speed.</summary>
internal static class Outages
{
    /// <summary>The first line about events that are not in the store, without its time.</summary>
    public static string Outage(this Training training, Machine machine, string otherwise = "nothing: the store was never behind for long") =>
        machine.Anonymous(training.Lines.FirstOrDefault(l => l.Contains("not in the store yet", StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(' ') + 1)..] : otherwise);

    /// <summary>Epochs per second before some moment and from then on, the first one left out, in which the program warms up.</summary>
    public static string Pace(this Training training, TimeSpan from)
    {
        var epochs = training.Epochs;
        var before = epochs.Where(e => e.At <= from).Skip(1).ToList();
        var after = epochs.Where(e => e.At > from).ToList();
        return $"{Rate(before):F1} epochs a second before, {Rate(after):F1} meanwhile";

        static double Rate(List<(TimeSpan At, int Epoch)> epochs) => epochs.Count < 2 ? double.NaN : (epochs.Count - 1) / (epochs[^1].At - epochs[0].At).TotalSeconds;
    }
}
