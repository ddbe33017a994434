using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using Itra.Trainer.LinearProbe;

namespace Itra.Cli.Arguments;

/// <summary>What the words behind <c>itra train</c> ask for.</summary>
/// <param name="Notices">What somebody should know who asked for just that.</param>
internal sealed record TrainRequest(ClipConfig Config, string Trainer, string Experiment, IReadOnlyList<string> Notices)
{
    private const string DefaultTrainer = "clip", Generated = "generated", Launcher = "launcher";

    /// <summary>Where settings come from, by key; what is absent was not asked for.</summary>
    public IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>();

    /// <summary>The run that it branches from, if it does.</summary>
    public RunOrigin? Origin { get; init; }

    /// <summary>That run's checkpoint.</summary>
    public CheckpointSaved? From { get; init; }

    /// <exception cref="UserErrorException">The flags are wrong, or ask for what there is not.</exception>
    public static TrainRequest Read(IReadOnlyList<string> words) => Of(TrainSettings.Read(words));

    /// <inheritdoc cref="Read"/>
    public static TrainRequest Of(TrainSettings settings)
    {
        var config = ClipConfig.Parse(settings.Values);
        var trainer = settings.Own.GetValueOrDefault(TrainSettings.Trainer, DefaultTrainer);
        if (trainer == LinearProbeTrainer.TrainerName) config = LinearProbeTrainer.Complete(config);
        var experiment = settings.Own.GetValueOrDefault(TrainSettings.Experiment) ?? LastPart(config.Logs);
        if (UntrustedText.HasTricks(experiment)) throw new UserErrorException($"the experiment's name {UntrustedText.Shown(experiment)} holds characters that are not seen: name it with --experiment, or rename --logs");
        return new TrainRequest(config, trainer, experiment, settings.Notices)
        {
            Origins = settings.Values.Keys.ToDictionary(key => key, settings.Origin),
        };
    }

    /// <summary>The request as one of the processes has it that a launcher has started, each with the devices it owns.</summary>
    /// <exception cref="UserErrorException">The flags and the launcher contradict each other.</exception>
    public TrainRequest On(WorldPlace place)
    {
        var config = Config;
        if (place.IsAlone)
            return config.Nnodes == 1 ? this : throw new UserErrorException($"--nnodes {config.Nnodes}: no launcher has started other processes; start through torchrun, srun or mpirun, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT");
        // Of several processes on a machine each has one device; one has as many as it is told.
        var several = place.LocalProcesses > 1;
        if (several && config.NprocPerNode > 1 && config.NprocPerNode != place.LocalProcesses)
            throw new UserErrorException($"--nproc_per_node {config.NprocPerNode}: the launcher has started {place.LocalProcesses} processes on this machine, which have a device each; leave the flag out");
        if (config.Nnodes > 1 && config.Nnodes != place.Processes && config.Nnodes * place.LocalProcesses != place.Processes)
            throw new UserErrorException($"--nnodes {config.Nnodes}: the launcher has started {place.Processes} processes, {place.LocalProcesses} of them on this machine; leave the flag out");
        var settled = config with
        {
            Nnodes = place.Processes,
            NprocPerNode = several ? 1 : config.NprocPerNode,
            Threads = several && config.Threads == 0 ? Math.Max(1, Environment.ProcessorCount / place.LocalProcesses) : config.Threads,
        };
        var before = config.ToDictionary();
        return this with
        {
            Config = settled,
            Origins = Origins.Where(o => settled.ToDictionary()[o.Key] == before[o.Key])
                .Concat(settled.ToDictionary().Where(s => s.Value != before[s.Key]).Select(s => KeyValuePair.Create(s.Key, Launcher))).ToDictionary(),
        };
    }

    /// <summary>Where each setting of the settled spec that is no default comes from.</summary>
    public IReadOnlyDictionary<string, string> OriginsOf(RunSpec spec) => ClipConfig.Flags.Where(f => spec.Config[f.Key] != f.Default)
        .ToDictionary(f => f.Key, f => Origins.GetValueOrDefault(f.Key) ?? (f.Key == "name" ? Generated : $"trainer {Trainer}"));

    /// <summary>Takes the run's folder, and with it the run's name.</summary>
    /// <returns>The spec, and the outermost folder that had to be made.</returns>
    /// <exception cref="UserErrorException">The folder cannot be made, or there is nothing at --resume.</exception>
    public (RunSpec Spec, string? Made) Settle(TimeProvider clock)
    {
        if (From is null) MustHaveCheckpoint();
        var (settled, made) = RunFolder.Reserve(Config, clock);
        return (new RunSpec(Trainer, Experiment, settled.Name!, settled.Seed, settled.ToDictionary()), made);
    }

    private void MustHaveCheckpoint()
    {
        if (Config.Resume is { } folder && Directory.Exists(folder)) throw new UserErrorException($"--resume {folder} is a folder: name the checkpoint in it, such as epoch_latest.pt");
        if (Config.Resume is { } path && !File.Exists(path)) throw new UserErrorException($"--resume {path}: there is no such file; name a checkpoint, or leave --resume out to start anew");
    }

    private static string LastPart(string logs) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(logs)));
}
