using System.Collections.Concurrent;
using Itra.Domain.Runs;

namespace Itra.Trainer.Data;

/// <summary>Which samples were left out, by epoch. Thread safe.</summary>
internal sealed class SkipLog
{
    private const int Examples = 5;

    private readonly ConcurrentDictionary<(int Epoch, string Path), (string Reason, int Batch)> skipped = new();

    /// <param name="batch">The one that lacks it. Of several, the first counts, whichever thread comes first.</param>
    public void Add(int epoch, BrokenImageException broken, int batch = 0) =>
        skipped.AddOrUpdate((epoch, broken.Path), (broken.Reason, batch), (_, known) => batch < known.Batch ? (broken.Reason, batch) : known);

    /// <summary>Takes in what an earlier process left out of the first batches of an epoch.</summary>
    public void Restore(int epoch, IEnumerable<SkippedSample> samples)
    {
        foreach (var sample in samples) skipped[(epoch, sample.Path)] = (sample.Reason, 0);
    }

    /// <summary>What several processes have left out: each file once, sorted by path.</summary>
    public static IReadOnlyList<SkippedSample> Merge(IEnumerable<IReadOnlyList<SkippedSample>> parts) =>
        [.. parts.SelectMany(p => p).DistinctBy(s => s.Path).OrderBy(s => s.Path, StringComparer.Ordinal)];

    /// <summary>The command that records them: all counted, the first few named.</summary>
    public static SkipSamples Tell(int epoch, IReadOnlyList<SkippedSample> samples, string? role = null) =>
        new(epoch, samples.Count, [.. samples.Take(Examples).Select(s => s.ToString())], role);

    /// <summary>What an evaluation has to record besides its scores.</summary>
    /// <param name="log">Null if nothing may be left out.</param>
    /// <param name="more">What was left out before.</param>
    public static IEnumerable<RunCommand> TellIfAny(int epoch, SkipLog? log, string role, params IEnumerable<SkippedSample> more) =>
        more.Concat(log?.In(0) ?? []).ToList() is { Count: > 0 } samples ? [Tell(epoch, samples, role)] : [];

    /// <summary>Each file once, sorted by path, so that the list does not depend on the threads that met them.</summary>
    /// <param name="before">Only of batches before this one: those behind it may be in the making.</param>
    public IReadOnlyList<SkippedSample> In(int epoch, int before = int.MaxValue) =>
        [.. skipped.Where(s => s.Key.Epoch == epoch && s.Value.Batch < before).Select(s => new SkippedSample(s.Key.Path, s.Value.Reason)).OrderBy(s => s.Path, StringComparer.Ordinal)];
}
