using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Domain.Tests.Runs;

/// <summary>What may have happened to a run, at <see cref="Then"/>; commands are given at <see cref="Now"/>.</summary>
internal static class Facts
{
    public static readonly DateTimeOffset Then = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Now = Then.AddHours(1);

    public static readonly RunSpec Spec = new("clip", "coco", "baseline", 1, new Dictionary<string, string> { ["lr"] = "1e-05" });
    public static readonly Provenance Origin = new(null, false, ["itra"], "/", "ada", "turing", "Linux", "0.1", ".NET 10", new Dictionary<string, string>(), "cpu", 2, 2);
    public static readonly RetrievalScores Scores = new(1, 2, 3, 4, 5, 6);
    public static readonly Artifact Blob = new(new string('a', 64), 10);

    public static readonly RunRegistered Registered = new("run-a", Spec, Origin) { At = Then };
    public static readonly RunStarted Started = new("turing", 4711, Then) { At = Then };
    public static readonly RunCompleted Completed = new() { At = Then };
    public static readonly RunFailed Failed = new("broken", "IOException") { At = Then };
    public static readonly RunCancelled Cancelled = new("enough") { At = Then };

    public static RunEvent[] Running(params RunEvent[] more) => [Registered, Started, .. more];

    public static EpochCompleted Epoch(int epoch) => new(epoch, epoch * 10, 0.5, 1e-5, 12, 3) { At = Then };

    public static MetricsLogged Logged(long first, params double[] losses) => new(first, losses.Length, Chunk(first, losses).Summarise(), Chunk(first, losses).Digest()) { At = Then };

    public static MetricChunk Chunk(long first, params double[] losses) => new(first, ["loss"], [losses]);
}
