using Itra.Cli.Arguments;
using Itra.Domain.Training;
using Itra.Tracking.Runs;
using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

/// <summary>A run and what it was asked to do.</summary>
/// <param name="StartedFrom">SHA-256 of the checkpoint that it went on from, if any.</param>
internal sealed record RecordedRun(RunSummary Summary, RunSpec Spec, string? StartedFrom = null)
{
    // How the pairs of an update are divided, where the data stand and what the dice were is for the reader to know, and no other experiment.
    private static readonly string[] Circumstances = ["batch_size", "accum_freq", "nproc_per_node", "nnodes", "datasets_dir", "seed"];

    // Groups of flags that an evaluation alone has no use for.
    private static readonly string[] OnlyInTraining = ["Training", "Freezing"];

    /// <summary>Whether the run has done what is asked for, so that doing it again would give nothing new.</summary>
    /// <param name="digest">SHA-256 of a file: a checkpoint that was written anew under the same name is another one.</param>
    public bool HasDone(TrainRequest asked, Func<string, string?> digest) =>
        Equal(asked, []) && (asked.Config.Resume is not { } path || StartedFrom == digest(path));

    /// <summary>The same with whatever seed; where the file is not here to be compared, its name is enough.</summary>
    public bool IsExactly(TrainRequest asked, Func<string, string?> digest) =>
        Equal(asked, ["seed"]) && (asked.Config.Resume is not { } path || digest(path) is not { } there || StartedFrom == there);

    /// <summary>Whether the run answers the question, perhaps with another seed, on another machine or with the batch divided otherwise.</summary>
    public bool Answers(TrainRequest asked) =>
        Equal(asked, Circumstances) && (asked.Config.TrainData is null || Pairs() == asked.Config.PairsPerUpdate);

    public int Seed => Spec.Seed;

    private bool Equal(TrainRequest asked, string[] besides)
    {
        if (Spec.Trainer != asked.Trainer) return false;
        var wanted = asked.Config.ToDictionary();
        return ClipConfig.Flags
            .Where(f => !SettingRules.Immaterial.Contains(f.Key) && !besides.Contains(f.Key) && (asked.Config.TrainData is not null || f.Key == "seed" || !OnlyInTraining.Contains(f.Group)))
            .All(f => Value(f.Key) == wanted[f.Key]);
    }

    /// <summary>A setting that was unknown when the run was recorded had its default's effect.</summary>
    private string Value(string key) => Spec.Config.GetValueOrDefault(key) ?? ClipConfig.Flags.First(f => f.Key == key).Default;

    private long Pairs() => ClipConfig.Read(Spec.Config).PairsPerUpdate;
}
