using System.Security.Cryptography;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Data;
using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>
/// What --resume names: a checkpoint of ours or of the original, or bare weights. Gathers how it differs from the run that starts
/// from it, so that all of it can be said at once.
/// </summary>
internal sealed class StartingCheckpoint : IDisposable
{
    private const int Shown = 5, Recorded = 50;

    // What decides which samples the batches of a begun epoch have left.
    private static readonly string[] EpochSettings = ["train_data", "dataset_size", "episode_size", "batch_size", "accum_freq", "nproc_per_node", "nnodes", "seed"];

    private readonly string path, name;
    private readonly bool goesOn;
    private readonly ClipConfig config;
    private readonly IWeightFile file;
    private readonly SavedCheckpoint? saved;
    private readonly List<string> differences = [];
    private readonly List<string> remarks = [];

    private StartingCheckpoint(string path, string name, bool goesOn, ClipConfig config)
    {
        (this.path, this.name, this.goesOn, this.config) = (path, name, goesOn, config);
        file = WeightFile.Open(path);
        try
        {
            saved = SavedCheckpoint.Of(file, path);
            if (saved is null || (config.Restart && !goesOn)) return;
            (Epoch, Begun) = ((int)saved.Epoch, ReadBegun());
            // A run may have been killed with nothing left to do but to say that it is done.
            if (config.TrainData is not null && Epoch >= config.Epochs && !goesOn)
                throw new UserErrorException($"{name} has {Epoch} epochs completed and --epochs is {config.Epochs}: there is nothing left to train; raise --epochs, or add --restart");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Epochs completed, as this run counts them.</summary>
    public int Epoch { get; }

    /// <summary>What is behind it of the next epoch.</summary>
    public EpochPart Begun { get; private set; } = EpochPart.None;

    /// <summary>Whether the run that goes on has yet to evaluate <see cref="Epoch"/>, as it was stopped within that.</summary>
    public bool HasToBeEvaluated => goesOn && saved?.Itra?.GetValueOrDefault("evaluated") is false;

    /// <summary>Lines of results.jsonl that the run had written, if it is the one that goes on.</summary>
    public int Results => goesOn ? (int)Number("results", int.MaxValue) : 0;

    /// <summary>Opens what --resume names; null without it.</summary>
    /// <exception cref="UserErrorException">No such file, or one that cannot be read or has nothing left to train.</exception>
    /// <param name="from">What goes before --resume: that was for the run's very start.</param>
    public static StartingCheckpoint? Open(ClipConfig config, Continuation? from = null) =>
        from is not null ? new StartingCheckpoint(from.Path, from.Name, goesOn: true, config)
        : config.Resume is not { } path ? null
        : File.Exists(path) ? new StartingCheckpoint(path, path, goesOn: false, config)
        : throw new UserErrorException($"--resume {path}: there is no such file; name a checkpoint, or leave --resume out to start anew");

    /// <summary>Optimizer updates that count as this run's, or its lineage's: the step of the first metric value to come.</summary>
    public long Updates(int batchesPerEpoch)
    {
        var here = (long)batchesPerEpoch * Epoch + Begun.Batches;
        return goesOn ? Number("run_updates", here) : here;
    }

    /// <summary>Puts the weights into a model. An evaluation of averaged weights takes those where the checkpoint has them.</summary>
    /// <exception cref="UserErrorException">They were trained with another activation.</exception>
    public void CopyTo(ModelTensors weights, Activations activations)
    {
        Activations.Of(file).MustEqual(activations, name);
        var values = StateDict.Find(file, path, out var foreign);
        differences.AddRange(foreign.Select(name => $"{name} is part of no CLIP"));
        differences.AddRange(values.Keys.Except(weights.Plan.Select(p => p.Name)).Select(name => $"{name} is not part of this model"));
        Fill(weights, values, "");
        if (config.TrainData is null && config.ModelEma && saved is { HasAverage: true })
        {
            Fill(weights, saved.Average(), "the average of ");
        }
        else if (!config.ModelEma && saved is { HasAverage: true })
        {
            remarks.Add($"{name} also holds averaged weights, which are left aside: add --model_ema to use them");
        }
    }

    /// <summary>Puts optimizer and average where they were; a checkpoint without them lets both start anew.</summary>
    public void CopyTo(ClipLearner learner, int batchesPerEpoch)
    {
        if (saved is null) return;
        if (Begun.Batches > 0 && EpochDifferences(batchesPerEpoch) is { Count: > 0 } changed)
        {
            differences.AddRange(changed);
            Begun = EpochPart.None;
        }
        if (learner.Average is { } average && saved.HasAverage)
        {
            Fill(average.Tensors, saved.Average(), "the average of ");
        }
        learner.Scaler?.Resume(saved.Scaler);
        if (saved.Optimizer is null or { Groups.Count: 0 }) remarks.Add($"{name} holds no optimizer state: the optimizer starts anew");
        else differences.AddRange(OptimizerRestoration.Restore(saved, learner, Number("updates", saved.Epoch * batchesPerEpoch)));
    }

    /// <summary>Says what does not fit, and what to record.</summary>
    /// <param name="step">Position in this run's schedule.</param>
    /// <exception cref="UserErrorException">Something does not fit, and --resume-partial is not given.</exception>
    public StartFromCheckpoint Begin(long step, IRunLog log)
    {
        if (differences.Count > 0 && !config.ResumePartial)
            throw new UserErrorException($"{name} does not fit this run: {Listed(Shown)}. Give the flags it was written with, or add --resume-partial to take what fits");
        if (differences.Count > 0) log.Warn($"{name} fits this run only in part: {Listed(Shown)}");
        foreach (var remark in remarks) log.Warn(remark);
        IReadOnlyList<string> recorded = differences.Count <= Recorded ? differences : [.. differences.Take(Recorded), $"and {differences.Count - Recorded} more"];
        using var file = File.OpenRead(path);
        return new StartFromCheckpoint(Path.GetFileName(name), Convert.ToHexStringLower(SHA256.HashData(file)), Epoch, step, recorded);
    }

    public void Dispose() => file.Dispose();

    private string Listed(int most) =>
        string.Join("; ", differences.Take(most)) + (differences.Count > most ? $"; and {differences.Count - most} more differences" : "");

    private void Fill(ModelTensors weights, OrderedDictionary<string, StoredTensor> values, string whose)
    {
        var fitting = new HashSet<string>();
        foreach (var plan in weights.Plan)
        {
            if (!values.TryGetValue(plan.Name, out var value)) differences.Add($"{whose}{plan.Name} is missing");
            else if (!value.Shape.SequenceEqual(plan.Shape)) differences.Add($"{whose}{plan.Name} is ({string.Join(", ", value.Shape)}), here ({string.Join(", ", plan.Shape)})");
            else fitting.Add(plan.Name);
        }
        weights.ReadFrom(values, fitting.Contains, path);
    }

    private List<string> EpochDifferences(int batchesPerEpoch)
    {
        var then = saved!.Itra!.GetValueOrDefault("config") as IReadOnlyDictionary<object, object?>;
        var now = config.ToDictionary();
        // What a checkpoint does not name yet was as it is by default.
        string Then(string setting) => then!.TryGetValue(setting, out var value) ? $"{value}" : ClipConfig.Flags.First(f => f.Key == setting).Default;
        var changed = EpochSettings.Where(s => then is not null && Then(s) != now[s])
            .Select(s => $"it stopped within an epoch of --{s.Replace('_', '-')} {Then(s)}, here {now[s]}").ToList();
        if (changed.Count == 0 && Number("batches_per_epoch", batchesPerEpoch) is var batches && batches != batchesPerEpoch)
            changed.Add($"it stopped within an epoch of {batches} batches, here {batchesPerEpoch}: the training data are not the same");
        return changed;
    }

    private EpochPart ReadBegun() => new((int)Number("batch", 0), saved!.Itra?.GetValueOrDefault("loss_sum") as double?,
        saved.Itra?.GetValueOrDefault("skipped") is not IReadOnlyDictionary<object, object?> skipped ? [] : [.. skipped.Select(s => new SkippedSample($"{s.Key}", $"{s.Value}"))]);

    private long Number(string key, long otherwise) => saved?.Itra?.GetValueOrDefault(key) as long? ?? otherwise;
}
