using Itra.Cli.Sweeps;
using Itra.Domain.Runs;
using Itra.Tracking.Comparison;
using Itra.Trainer.Clip;

namespace Itra.Cli.Ablations;

/// <summary>A rung, and what is known of it.</summary>
/// <param name="Changed">What it adds to the trial below.</param>
/// <param name="Below">The trial that its score is held against.</param>
/// <param name="Steps">Updates; 0 for an evaluation, null if the number of samples is not known.</param>
/// <param name="RunId">The run that did it; null if it is to be run.</param>
/// <param name="Score">After the last epoch.</param>
/// <param name="Explains">Its score less that of the trial below.</param>
internal sealed record RungReport(string Trial, IReadOnlyDictionary<string, string> Settings, string Changed, string? Below, long? Steps, string? RunId, double? Score, double? Explains)
{
    public static IReadOnlyList<RungReport> Of(AblationLadder ladder, IReadOnlyList<PlannedTrial> planned, ComparedRun from, ComparedRun to, CompletedRuns done)
    {
        return
        [
            .. ladder.Rungs.Zip(planned, (rung, trial) => new RungReport(
                rung.Trial, rung.Settings, Added(rung, ladder), rung.Below, Updates(trial, from, to), Own(rung, ladder, from, to) ?? done.Done(trial.Request)?.Summary.Id, null, null)),
        ];
    }

    /// <summary>The ends of the ladder are the two runs themselves, if they came to their own.</summary>
    private static string? Own(Rung rung, AblationLadder ladder, ComparedRun from, ComparedRun to)
    {
        var run = rung.Trial == AblationLadder.Start ? from : rung == ladder.Rungs[^1] ? to : null;
        return run?.Summary.Status == RunStatus.Completed ? run.Id : null;
    }

    /// <summary>The same with what every run scored.</summary>
    /// <param name="scores">By run.</param>
    public static IReadOnlyList<RungReport> Scored(IReadOnlyList<RungReport> rungs, IReadOnlyDictionary<string, double> scores)
    {
        double? Score(RungReport? rung) => rung?.RunId is { } id && scores.TryGetValue(id, out var score) ? score : null;
        return [.. rungs.Select(r => r with { Score = Score(r), Explains = Score(r) - Score(rungs.FirstOrDefault(b => b.Trial == r.Below)) })];
    }

    private static string Added(Rung rung, AblationLadder ladder)
    {
        var below = ladder.Rungs.FirstOrDefault(r => r.Trial == rung.Below)?.Changes ?? [];
        return string.Join(", ", rung.Changes.Except(below).Select(c => c.Text));
    }

    /// <summary>By the samples that either run recorded: the data need not be here.</summary>
    private static long? Updates(PlannedTrial trial, ComparedRun from, ComparedRun to)
    {
        var config = trial.Request.Config;
        if (!trial.Trains) return 0;
        long? samples = config.EpisodeSize > 0 ? config.EpisodeSize : new[] { from, to }.FirstOrDefault(r => TrainsOn(r, config))?.TrainingSamples;
        return config.Epochs * (samples / trial.PairsPerUpdate);
    }

    private static bool TrainsOn(ComparedRun run, ClipConfig config)
    {
        var (asked, had) = (config.ToDictionary(), Settable.Of(run));
        return new[] { "train_data", "images_dir", "csv_separator", "csv_img_key", "csv_caption_key", "dataset_size" }.All(key => asked[key] == had[key]);
    }
}
