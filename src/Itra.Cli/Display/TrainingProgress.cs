using System.Collections.Immutable;
using Itra.Domain.Runs;

namespace Itra.Cli.Display;

/// <summary>How far a training is: the fold of what its trainer has yielded.</summary>
internal sealed record TrainingProgress
{
    private const int Window = 50;

    public PlanTraining? Plan { get; init; }

    /// <summary>Optimizer updates done.</summary>
    public long Step { get; init; }

    public double? Loss { get; init; }

    public double? LearningRate { get; init; }

    public ImmutableList<RecordRetrieval> Scores { get; init; } = [];

    public int Checkpoints { get; init; }

    /// <summary>When the last steps ended, oldest first.</summary>
    private ImmutableQueue<(long Step, TimeSpan At)> Recent { get; init; } = [];

    private TimeSpan LastAt { get; init; }

    public long Steps => Plan is { } p ? (long)p.Epochs * p.StepsPerEpoch : 0;

    /// <summary>From 1; the epoch of the last step.</summary>
    public int Epoch => Plan is { StepsPerEpoch: > 0 } p ? (int)Math.Max(0, Step - 1) / p.StepsPerEpoch + 1 : 0;

    public int StepOfEpoch => Plan is { StepsPerEpoch: > 0 } p ? (int)(Step - (Epoch - 1) * (long)p.StepsPerEpoch) : 0;

    public double? SecondsPerStep => Recent.IsEmpty || Step <= Recent.Peek().Step ? null : (LastAt - Recent.Peek().At).TotalSeconds / (Step - Recent.Peek().Step);

    public double? ImagesPerSecond => Plan is { } p && SecondsPerStep is { } s and > 0 ? p.BatchSize / s : null;

    /// <summary>Until the last step, without evaluations.</summary>
    public TimeSpan? Remaining => SecondsPerStep is { } s && Steps > 0 ? TimeSpan.FromSeconds(s * (Steps - Step)) : null;

    /// <param name="at">When, since the display began.</param>
    public TrainingProgress After(RunCommand command, TimeSpan at) => command switch
    {
        PlanTraining plan => this with { Plan = plan, Recent = [(0, at)], LastAt = at },
        LogMetrics { Chunk: var chunk } => Stepped(chunk, at),
        // An evaluation or a checkpoint takes its time, which is not that of the steps.
        RecordRetrieval scores => this with { Scores = Scores.Add(scores), Recent = [(Step, at)], LastAt = at },
        SaveCheckpoint => this with { Checkpoints = Checkpoints + 1, Recent = [(Step, at)], LastAt = at },
        _ => this,
    };

    private TrainingProgress Stepped(MetricChunk chunk, TimeSpan at)
    {
        var recent = Recent.Enqueue((chunk.LastStep + 1, at));
        while (chunk.LastStep + 1 - recent.Peek().Step > Window) recent = recent.Dequeue();
        return this with
        {
            Step = chunk.LastStep + 1, Recent = recent, LastAt = at,
            Loss = Last(chunk, "training/loss-align") ?? Loss, LearningRate = Last(chunk, "training/learning_rate") ?? LearningRate,
        };
    }

    private static double? Last(MetricChunk chunk, string name)
    {
        for (var i = 0; i < chunk.Names.Count; i++) if (chunk.Names[i] == name) return chunk.Values[i][^1];
        return null;
    }
}
