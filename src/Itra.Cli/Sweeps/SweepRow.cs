using System.Globalization;
using Itra.Cli.Output;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

internal enum TrialState { ToRun, AlreadyDone, Completed, Failed, Cancelled }

/// <summary>A trial of a sweep as it is shown: before, and after.</summary>
/// <param name="Settings">What sets it apart.</param>
/// <param name="BatchSize">Pairs that are computed at once.</param>
/// <param name="AccumFreq">Batches per update.</param>
/// <param name="Steps">Updates over all epochs; null if the data are not here, 0 for an evaluation.</param>
internal sealed record SweepRow(
    string Trial, IReadOnlyDictionary<string, string> Settings, int PairsPerUpdate, int BatchSize, int AccumFreq, long? Trainable, long? Total, long? Steps, TrialState State, string? RunId)
{
    /// <param name="lengths">Null if the data are not to be looked at.</param>
    public static SweepRow Of(PlannedTrial planned, TrainingLengths? lengths, RecordedRun? done)
    {
        var config = planned.Request.Config;
        var count = planned.Trains ? ModelParameters.Of(config) : null;
        return new SweepRow(planned.Trial.Name, planned.Trial.Settings, planned.PairsPerUpdate, config.BatchSize, config.AccumFreq, count?.Trainable, count?.Total,
            lengths?.Of(config), done is null ? TrialState.ToRun : TrialState.AlreadyDone, done?.Summary.Id);
    }

    public SweepRow Ended(string runId, RunStatus status) => this with
    {
        RunId = status == RunStatus.Unknown ? null : runId,
        State = status switch { RunStatus.Completed => TrialState.Completed, RunStatus.Cancelled => TrialState.Cancelled, _ => TrialState.Failed },
    };

    public static IReadOnlyList<Column<SweepRow>> Columns { get; } =
    [
        new("trial", r => r.Trial) { Shrinks = true }, new("settings", r => r.Apart) { Shrinks = true },
        new("pairs", r => r.Trainable is null ? "" : Text(r.PairsPerUpdate), IsNumber: true),
        new("batches", r => r.Trainable is null ? "" : $"{r.AccumFreq} x {r.BatchSize}", IsNumber: true),
        new("trainable", r => Form.Count(r.Trainable), IsNumber: true), new("steps", r => r.Trainable is null ? "" : Form.Count(r.Steps), IsNumber: true),
        new("state", r => r.State switch { TrialState.ToRun => "to run", TrialState.AlreadyDone => "already done", var s => s.ToString().ToLowerInvariant() }),
        new("run", r => r.RunId ?? ""),
    ];

    /// <summary>What sets the trial apart, in one line.</summary>
    public string Apart => string.Join(", ", Settings.Where(s => s.Key is not ("name" or "logs")).Select(s => s.Value.Length == 0 ? $"no {s.Key}" : $"{s.Key} {s.Value}"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
