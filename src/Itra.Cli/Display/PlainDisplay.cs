using Itra.Cli.Output;
using Itra.Domain;
using Itra.Domain.Runs;
using Serilog;

namespace Itra.Cli.Display;

/// <summary>Progress for a pipe or a log: a line every ten batches, but not more than one per second, and one for each event that matters.</summary>
/// <param name="title">Said as soon as there is a run: of what is refused, there is nothing to say but why.</param>
internal sealed class PlainDisplay(ILogger log, TimeProvider clock, string title) : ITrainingDisplay
{
    private const int Batches = 10;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(10);
    private readonly long start = clock.GetTimestamp();
    private TrainingProgress progress = new();
    private TimeSpan lastLine;
    private bool isTitled;

    public Task<T> DuringAsync<T>(Func<Task<T>> work) => work();

    public void Tell(string line)
    {
        Title();
        log.Warning("{Line:l}", UntrustedText.Shown(line));
    }

    public void Report(RunCommand command)
    {
        Title();
        var now = clock.GetElapsedTime(start);
        progress = progress.After(command, now);
        var line = command switch
        {
            RecordDataset { Dataset: var d } c => $"{c.Role} data: {d.Name}, {Form.Count(d.Items)} items, {Form.Count(d.Captions)} captions",
            RecordModel m => $"model: {Form.Models(m.ImageModel, m.TextModel)}, {Form.Count(m.Total.Total)} parameters, {Form.Count(m.Total.Trainable)} of them trained, weights: {m.WeightsSource}",
            PlanTraining p => $"plan: {p.Epochs} epochs of {p.StepsPerEpoch} steps, batch {p.BatchSize}",
            LogMetrics when IsDue(now) => Steps(),
            CompleteEpoch e => $"epoch {e.Epoch} done in {Form.Duration(TimeSpan.FromSeconds(e.Seconds))}, mean loss {Form.Loss(e.Loss)}, {e.SamplesPerSecond:F1} images/s",
            RecordRetrieval r => $"retrieval on {r.Dataset} after epoch {r.Epoch}: mean recall {Form.Percent(r.Scores.MeanRecall)}, "
                + $"image to text R@1 {Form.Percent(r.Scores.ImageToTextR1)}, text to image R@1 {Form.Percent(r.Scores.TextToImageR1)}",
            RecordClassification c => $"{c.Method} classification of {c.Dataset} after epoch {c.Epoch}: {Form.Percent(c.Scores.First().Value)}",
            SkipSamples s => $"{s.Count} {s.Role ?? "train"} samples skipped in epoch {s.Epoch}: {string.Join("; ", s.Examples)}",
            SaveCheckpoint s => $"checkpoint {Path.GetFileName(s.Path)}",
            _ => null,
        };
        if (line is null) return;
        lastLine = now;
        log.Information("{Line:l}", line);
    }

    private void Title()
    {
        if (isTitled) return;
        isTitled = true;
        log.Information("{Title:l}", title);
    }

    private bool IsDue(TimeSpan now) => now - lastLine >= Longest || (progress.Step % Batches == 0 && now - lastLine >= Shortest);

    private string Steps() =>
        $"epoch {progress.Epoch}/{progress.Plan?.Epochs}, step {progress.StepOfEpoch}/{progress.Plan?.StepsPerEpoch}, loss {Form.Loss(progress.Loss)}, "
        + $"lr {Form.Rate(progress.LearningRate)}, {progress.ImagesPerSecond:F1} images/s, {Form.Duration(progress.Remaining)} left";
}
