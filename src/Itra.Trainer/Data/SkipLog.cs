using System.Collections.Concurrent;

namespace Itra.Trainer.Data;

/// <summary>Which samples were left out, by epoch. Thread safe.</summary>
internal sealed class SkipLog
{
    private readonly ConcurrentDictionary<(int Epoch, string Path), string> skipped = new();

    public void Add(int epoch, BrokenImageException broken) => skipped.TryAdd((epoch, broken.Path), broken.Reason);

    /// <summary>Each file once, sorted by path, so that the list does not depend on the threads that met them.</summary>
    public IReadOnlyList<SkippedSample> In(int epoch) =>
        [.. skipped.Where(s => s.Key.Epoch == epoch).Select(s => new SkippedSample(s.Key.Path, s.Value)).OrderBy(s => s.Path, StringComparer.Ordinal)];
}
