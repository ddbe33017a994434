using System.Collections.Immutable;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Domain.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Itra.Cli.Display;

/// <summary>Progress for people at a terminal, drawn in place four times a second.</summary>
internal sealed class TerminalDisplay(IAnsiConsole console, string title, TimeProvider clock) : ITrainingDisplay
{
    private const int BarWidth = 30, ScoresShown = 8;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private readonly long start = clock.GetTimestamp();
    private readonly Lock gate = new();
    private TrainingProgress progress = new();
    private ImmutableList<string> notes = [];
    private string phase = "starting";

    public void Report(RunCommand command)
    {
        lock (gate)
        {
            progress = progress.After(command, clock.GetElapsedTime(start));
            phase = command switch
            {
                RecordDataset d => $"reading {d.Dataset.Name} ({Form.Count(d.Dataset.Items)} items)",
                RecordModel m => $"{Form.Models(m.ImageModel, m.TextModel)}, {Form.Count(m.Total.Trainable)} of {Form.Count(m.Total.Total)} parameters trained",
                CompleteEpoch e => $"epoch {e.Epoch} done",
                RecordRetrieval r => $"retrieval after epoch {r.Epoch}: mean recall {Form.Percent(r.Scores.MeanRecall)}",
                RecordClassification c => $"{c.Method} classification of {c.Dataset} after epoch {c.Epoch}: {Form.Percent(c.Scores.First().Value)}",
                SaveCheckpoint => "saving a checkpoint",
                LogMetrics or PlanTraining => "training",
                _ => phase,
            };
        }
    }

    public void Tell(string line)
    {
        lock (gate) notes = notes.Add(UntrustedText.Shown(line));
    }

    public Task<T> DuringAsync<T>(Func<Task<T>> work) => console.Live(Picture()).AutoClear(false).StartAsync(async context =>
    {
        var running = work();
        while (await Task.WhenAny(running, Task.Delay(Refresh, clock)) != running) context.UpdateTarget(Picture());
        context.UpdateTarget(Picture());
        return await running;
    });

    private Rows Picture()
    {
        lock (gate)
        {
            List<IRenderable> rows = [new Markup($"[bold]{title.EscapeMarkup()}[/]  [grey]{phase.EscapeMarkup()}, {Form.Duration(clock.GetElapsedTime(start))}[/]")];
            if (progress.Plan is { } plan)
            {
                rows.Add(new Markup($"epoch {progress.Epoch}/{plan.Epochs}  {Bar(progress.StepOfEpoch, plan.StepsPerEpoch)}  step {progress.StepOfEpoch}/{plan.StepsPerEpoch}"));
                rows.Add(new Markup(string.Join("  ", Figures(progress))));
            }
            if (progress.Scores.Count > 0) rows.Add(ScoresTable(progress.Scores.Skip(progress.Scores.Count - ScoresShown)));
            rows.AddRange(notes.Skip(notes.Count - 3).Select(n => new Markup($"[yellow]{n.EscapeMarkup()}[/]")));
            return new Rows(rows);
        }
    }

    /// <summary>What is known so far.</summary>
    private static IEnumerable<string> Figures(TrainingProgress progress)
    {
        if (progress.Loss is { } loss) yield return $"loss [bold]{Form.Loss(loss)}[/]";
        if (progress.LearningRate is { } rate) yield return $"lr {Form.Rate(rate)}";
        if (progress.ImagesPerSecond is { } speed) yield return $"{speed:F1} images/s";
        if (progress.Remaining is { } left) yield return $"{Form.Duration(left)} left";
    }

    private static string Bar(int done, int all)
    {
        var filled = all > 0 ? Math.Clamp(done * BarWidth / all, 0, BarWidth) : 0;
        return $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/]";
    }

    private Table ScoresTable(IEnumerable<RecordRetrieval> scores) => Answer.Table([.. scores],
    [
        new Column<RecordRetrieval>("epoch", r => r.Epoch.ToString(), IsNumber: true), new("dataset", r => r.Dataset) { Shrinks = true },
        new("mean_recall", r => Form.Percent(r.Scores.MeanRecall), IsNumber: true),
        .. ScoreColumns.All<RecordRetrieval>(r => r.Scores.ByMetric()),
    ], console.Profile.Width);
}
