using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.LinearProbe;

namespace Itra.Cli.Arguments;

/// <summary>What the words behind <c>itra train</c> ask for.</summary>
/// <param name="Notices">What somebody should know who asked for just that.</param>
internal sealed record TrainRequest(ClipConfig Config, string Trainer, string Experiment, IReadOnlyList<string> Notices)
{
    private const string DefaultTrainer = "clip", Generated = "generated";

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
