using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Comparison;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Comparison;

/// <summary>A made-up run of two epochs of five steps, recorded by the real decider; a test changes what it is about.</summary>
internal sealed record TrainedRun(string Id)
{
    public const string Coco = "d2";

    public IReadOnlyDictionary<string, string> Config { get; init; } = new Dictionary<string, string> { ["lr"] = "1e-05", ["epochs"] = "2" };
    public int Seed { get; init; } = 1;
    public string Name { get; init; } = "baseline";
    public Provenance Provenance { get; init; } = RecordedRuns.Provenance with { Dirty = false };
    public string TrainDigest { get; init; } = "d1";
    public string WeightsDigest { get; init; } = "w1";
    public string RetrievalDigest { get; init; } = Coco;
    public double[] Losses { get; init; } = [3, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3, 2.2, 2.1];

    /// <summary>Mean recall after each epoch, all six recalls being equal.</summary>
    public double[] Recalls { get; init; } = [70, 74];
    public double SamplesPerSecond { get; init; } = 100;

    /// <summary>Steps that go into one event: when chunks are written is no matter of what they hold.</summary>
    public int Chunk { get; init; } = 5;
    public int Minute { get; init; }
    public RunCommand End { get; init; } = new CompleteRun();

    public ComparedRun Recorded()
    {
        var (run, summary) = (Run.Unknown, (RunSummary?)null);
        List<RunEvent> events = [];
        foreach (var (command, i) in Commands().Select((c, i) => (c, i)))
        {
            foreach (var e in RunDecider.Decide(command with { At = RecordedRuns.Noon.AddMinutes(Minute).AddSeconds(i) }, run))
            {
                (run, summary) = (run.Evolve(e), RunSummary.Fold(summary, e));
                events.Add(e);
            }
        }
        MetricCurve Curve(string name, IReadOnlyList<double> values) => new(Id, name, [.. values.Select((_, i) => (long)i)], values);
        return new ComparedRun(summary!, events, [Curve("training/learning_rate", [.. Losses.Select(_ => Rate)]), Curve("training/loss-align", Losses)]);
    }

    private double Rate => double.Parse(Config["lr"]);

    private IEnumerable<RunCommand> Commands()
    {
        yield return new RegisterRun(Id, new RunSpec("clip", "coco", Name, Seed, Config), Provenance);
        yield return RecordedRuns.Start();
        yield return new RecordDataset("train", new DatasetFingerprint("mscoco_captions", 80, 400, 1, TrainDigest));
        yield return new RecordModel("RN50", "RN50", new(100, 60), new(50, 30), new(49, 29), "openai", WeightsDigest);
        yield return new PlanTraining(2, 5, 8);
        for (var epoch = 1; epoch * 5 <= Losses.Length; epoch++)
        {
            for (var step = (epoch - 1) * 5; step < epoch * 5; step += Chunk)
            {
                var part = Losses[step..Math.Min(step + Chunk, epoch * 5)];
                yield return new LogMetrics(new MetricChunk(step, ["training/loss-align", "training/learning_rate"], [part, [.. part.Select(_ => Rate)]]));
            }
            yield return new CompleteEpoch(epoch, epoch * 5, Losses[((epoch - 1) * 5)..(epoch * 5)].Average(), Rate, SamplesPerSecond, 30 + Minute);
            if (epoch > Recalls.Length) continue;
            var r = Recalls[epoch - 1];
            yield return new RecordRetrieval(epoch, "mscoco_captions", RetrievalDigest, "raw", 79, 395, new RetrievalScores(r, r, r, r, r, r), 3 + Minute);
        }
        yield return new SaveCheckpoint(2, 10, "last.pt") { Stored = new Artifact(new string(Id[^1], 64), 1234) };
        yield return End;
    }
}
