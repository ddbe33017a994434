using Itra.Domain.Runs;
using Itra.Trainer.Data;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Reporting;

namespace Itra.Trainer.Clip;

/// <summary>Tells people what happens in the files they know from ITRA, and gives the command that records the same.</summary>
internal sealed class RunReport : IDisposable
{
    private readonly ClipConfig config;
    private readonly RunFolder? folder;
    private readonly IRunLog log;
    private readonly TensorBoardWriter? board;
    private readonly Dictionary<string, double> scored = [];

    /// <param name="results">Evaluations that are behind the run where it goes on.</param>
    public RunReport(ClipConfig config, RunFolder? folder, IRunLog log, TimeProvider clock, int results)
    {
        Results = folder?.KeepResults(results) ?? 0;
        (this.config, this.folder, this.log) = (config, folder, log);
        if (folder is not null && config.ReportTo.Contains("tensorboard", StringComparison.Ordinal)) board = new TensorBoardWriter(folder.TensorBoard, clock);
    }

    /// <summary>Lines of results.jsonl.</summary>
    public int Results { get; private set; }

    /// <summary>Whether the last evaluations were stopped.</summary>
    public bool GaveUp { get; private set; }

    public void Model(RecordModel model, ModelTensors weights, Locking locking)
    {
        foreach (var p in weights.Parameters) log.Info($"{(locking.IsTrainable(p.Name) ? "trainable" : "frozen   ")} {p.Name} ({string.Join(", ", p.Shape)})");
        log.Info($"{model.ImageModel} / {model.TextModel} from {model.WeightsSource}: image backbone {Millions(model.Image.Total)} M, text backbone {Millions(model.Text.Total)} M");
        log.Info($"Total Parameters (M): {Millions(model.Total.Total)}, Trainable Parameters (M): {Millions(model.Total.Trainable)}, Frozen Parameters (M): {Millions(model.Total.Total - model.Total.Trainable)}");
    }

    /// <param name="step">Optimizer updates before this one.</param>
    /// <param name="due">Write it to the log and to TensorBoard, too; it is recorded in any case.</param>
    public LogMetrics Step(long step, int epoch, int batch, int batches, StepResult result, EpochTimer timer, bool due)
    {
        (string Name, double Value)[] metrics =
        [
            ("training/loss-align", result.Loss),
            ("training/learning_rate", result.LearningRate),
            ("training/gradient-norm", result.GradientNorm),
            ("training/logit_scale", result.LogitScale),
            ("profiling/batch data time (s)", timer.DataSeconds),
            ("profiling/bathc total time (s)", timer.BatchSeconds),
        ];
        if (due)
        {
            var samples = (batch + 1) * config.PairsPerUpdate;
            log.Info($"Epoch: {epoch}/{config.Epochs} [{samples}/{batches * config.PairsPerUpdate} ({100 * (batch + 1) / batches}%)] Loss: {result.Loss:f5} Data (t): {timer.DataSeconds:f3} Batch (t): {timer.BatchSeconds:f3} LR: {result.LearningRate:g6} grad norm: {result.GradientNorm:f4}");
            foreach (var (name, value) in metrics) board?.Scalar(name, value, step);
        }
        return new LogMetrics(MetricChunk.OfStep(step, metrics));
    }

    public CompleteEpoch Epoch(int epoch, long updates, EpochTimer timer, double learningRate)
    {
        log.Info($"Epoch {epoch}/{config.Epochs} done: mean loss {timer.MeanLoss:f5}, {timer.SamplesPerSecond:f1} images/s, {timer.Seconds:f1} s");
        board?.Scalar("profiling/epsidoe model training time (m)", timer.Seconds / 60, epoch - 1);
        return new CompleteEpoch(epoch, updates, timer.MeanLoss, learningRate, timer.SamplesPerSecond, timer.Seconds);
    }

    public SkipSamples Skipped(int epoch, IReadOnlyList<SkippedSample> skipped)
    {
        foreach (var sample in skipped) log.Warn($"left out {sample}");
        return SkipLog.Tell(epoch, skipped);
    }

    public RunCommand Scored(RunCommand command)
    {
        switch (command)
        {
            case SkipSamples s:
                log.Warn($"{s.Role}, epoch {s.Epoch}: left out {s.Count}, as {string.Join("; ", s.Examples)}");
                break;
            case RecordRetrieval r:
                Score("eval_retrieval", $"{r.Dataset} after epoch {r.Epoch} ({r.Weights} weights, {r.Images} images, {r.Captions} captions)", r.Epoch, r.Scores.ByMetric());
                break;
            case RecordClassification c:
                Score(c.Method == ZeroShotEvaluation.Method ? "eval_zero_shot" : "eval_linear_prob",
                    $"{c.Method} classification of {c.Dataset} after epoch {c.Epoch} ({c.Weights} weights, {c.Images} images, {c.Classes} classes)", c.Epoch, c.Scores);
                break;
        }
        return command;
    }

    /// <summary>All evaluations of a moment are done: they are one line of results.jsonl.</summary>
    public void Evaluated()
    {
        if (scored.Count > 0 && folder is not null)
        {
            folder.AppendResult(scored);
            Results++;
        }
        scored.Clear();
        GaveUp = false;
    }

    /// <summary>The evaluations of a moment were stopped: they are made again when the run goes on, and have their line then.</summary>
    public void GiveUp()
    {
        scored.Clear();
        GaveUp = true;
    }

    private void Score(string tag, string what, int epoch, IReadOnlyDictionary<string, double> scores)
    {
        log.Info($"{what}: {string.Join(", ", scores.Select(s => $"{s.Key} {s.Value:f2}"))}");
        foreach (var (metric, value) in scores)
        {
            board?.Scalar($"{tag}/{metric}", value, epoch);
            scored[metric] = value;
        }
    }

    public void Dispose()
    {
        board?.Flush();
        board?.Dispose();
    }

    private static string Millions(long count) => (count / 1e6).ToString("f2");
}
