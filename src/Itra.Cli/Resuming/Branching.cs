using Itra.Cli.Arguments;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;

namespace Itra.Cli.Resuming;

/// <summary>Makes a new run of an old one's settings, what was changed of them, and one of its checkpoints.</summary>
internal static class Branching
{
    private const string Resume = "resume", Partial = "resume_partial", Name = "name", Logs = "logs";

    // Of all settings, those that a branch has no say in.
    private static readonly string[] Settled = [Resume, "restart"];

    /// <param name="changes">Settings other than the old run's.</param>
    /// <param name="taken">Names that runs have.</param>
    /// <exception cref="UserErrorException">The changes make no sense, or leave nothing to train.</exception>
    public static TrainRequest Of(PastRun parent, CheckpointSaved at, TrainSettings changes, IReadOnlySet<string> taken)
    {
        foreach (var key in Settled.Where(changes.Typed.Contains)) throw new UserErrorException($"--{key} has no place in a branch: it goes on from the checkpoint that --at names");
        if (changes.Own.Keys.FirstOrDefault(k => k is not (TrainSettings.Experiment or TrainSettings.Json)) is { } own)
            throw new UserErrorException($"--{own.Replace('_', '-')} belongs to `itra train`: a branch takes settings, --name and --experiment");

        var spec = parent.Registered.Spec;
        Dictionary<string, string> values = new(spec.Config) { [Resume] = $"{parent.Id}/{at.FileName}", ["restart"] = "false", [Partial] = "false" };
        foreach (var (key, value) in changes.Values) values[key] = FromHere(key, value);
        if (!changes.Typed.Contains(Name)) values[Name] = FreeName(spec.Name, values[Logs], parent.Registered.Provenance.WorkingDirectory, taken);
        var config = ClipConfig.Parse(values);
        if (config.TrainData is not null && at.Epoch >= config.Epochs)
            throw new UserErrorException($"{at.FileName} has {at.Epoch} epochs completed and --epochs is {config.Epochs}: there is nothing left to train; raise --epochs, or branch from an earlier checkpoint");
        return new TrainRequest(config, spec.Trainer, changes.Own.GetValueOrDefault(TrainSettings.Experiment) ?? spec.Experiment, changes.Notices)
        {
            Origins = values.Keys.Where(k => k != Name || changes.Typed.Contains(k)).ToDictionary(k => k, k => changes.Typed.Contains(k) ? changes.Origin(k) : parent.Id),
            Origin = new RunOrigin(OriginKind.Branch, parent.Id, at.Epoch, at.Updates!.Value, at.Artifact.Sha256), From = at,
        };
    }

    // The branch is run where the old run was; what was typed means files seen from here.
    private static string FromHere(string key, string value) => key == Logs && value != RunFolder.None || (key != Name && Path.Exists(value)) ? Path.GetFullPath(value) : value;

    private static string FreeName(string parent, string logs, string workingDirectory, IReadOnlySet<string> taken) => Enumerable.Range(1, int.MaxValue).Select(n => $"{parent}-branch-{n}")
        .First(name => !taken.Contains(name) && !Directory.Exists(Path.Combine(workingDirectory, logs, name)));
}
