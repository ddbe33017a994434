using System.Collections.Concurrent;
using Itra.Domain.Runs;

namespace Itra.Trainer.Data;

/// <summary>Which samples were left out, by epoch. Thread safe.</summary>
internal sealed class SkipLog
{
    private const int Examples = 5;

    private readonly ConcurrentDictionary<(int Epoch, string Path), string> skipped = new();

    public void Add(int epoch, BrokenImageException broken) => skipped.TryAdd((epoch, broken.Path), broken.Reason);

    /// <summary>The command that records them: all counted, the first few named.</summary>
    public static SkipSamples Tell(int epoch, IReadOnlyList<SkippedSample> samples, string? role = null) =>
        new(epoch, samples.Count, [.. samples.Take(Examples).Select(s => s.ToString())], role);

    /// <summary>What an evaluation has to record besides its scores.</summary>
    public static IEnumerable<RunCommand> TellIfAny(int epoch, IReadOnlyList<SkippedSample> samples, string role) =>
        samples.Count > 0 ? [Tell(epoch, samples, role)] : [];

    /// <summary>Each file once, sorted by path, so that the list does not depend on the threads that met them.</summary>
    public IReadOnlyList<SkippedSample> In(int epoch) =>
        [.. skipped.Where(s => s.Key.Epoch == epoch).Select(s => new SkippedSample(s.Key.Path, s.Value)).OrderBy(s => s.Path, StringComparer.Ordinal)];
}
