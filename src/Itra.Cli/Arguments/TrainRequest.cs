using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.LinearProbe;

namespace Itra.Cli.Arguments;

/// <summary>What the words behind <c>itra train</c> ask for.</summary>
/// <param name="Notices">What somebody should know who gave a settings file.</param>
internal sealed record TrainRequest(ClipConfig Config, string Trainer, string Experiment, IReadOnlyList<string> Notices)
{
    private const string DefaultTrainer = "clip";

    private static readonly IReadOnlyList<FlagSyntax> Own =
    [
        new("trainer", "trainer", FlagArity.One), new("experiment", "experiment", FlagArity.One), new("nproc_per_node", "nproc_per_node", FlagArity.One),
        new("config-yaml", "config_yaml", FlagArity.One),
    ];

    // Flags of the guide whose meaning is not built yet: understood, and refused by name rather than as unknown.
    private static readonly IReadOnlyList<FlagSyntax> Ahead =
    [
        .. new FlagSyntax[]
        {
            new("zeroshot-frequency", "zeroshot_frequency", FlagArity.One), new("eval-with-wise-ft", "eval_with_wise_ft", FlagArity.One),
            new("resume", "resume", FlagArity.One),
        }.Where(ahead => ClipConfig.Flags.All(f => f.Key != ahead.Key))
    ];

    private static readonly FlagParser Parser = new([.. ClipConfig.Flags.Select(Syntax), .. Own, .. Ahead]);

    /// <summary>The values that were typed, by key, unchecked.</summary>
    public static IReadOnlyDictionary<string, string> Typed(IReadOnlyList<string> words) => Parser.Parse(words);

    /// <exception cref="UserErrorException">The flags are wrong, or ask for what there is not.</exception>
    public static TrainRequest Read(IReadOnlyList<string> words)
    {
        var typed = Typed(words);
        foreach (var flag in Ahead.Where(f => typed.ContainsKey(f.Key))) throw new UserErrorException($"--{flag.Name} is not built yet: leave it out");
        if (typed.GetValueOrDefault("nproc_per_node", "1") is var processes and not "1")
            throw new UserErrorException($"--nproc_per_node {processes}: training runs in one process so far; leave it out, or say 1");

        var settings = typed.Where(t => Own.All(f => f.Key != t.Key)).ToDictionary();
        var notices = typed.TryGetValue("config_yaml", out var path) ? AddFrom(path, settings) : [];

        var config = ClipConfig.Parse(settings);
        var trainer = typed.GetValueOrDefault("trainer", DefaultTrainer);
        if (trainer == LinearProbeTrainer.TrainerName) config = LinearProbeTrainer.Complete(config);
        return new TrainRequest(config, trainer, typed.GetValueOrDefault("experiment") ?? LastPart(config.Logs), notices);
    }

    /// <summary>Adds what a file sets and the command line does not; tells which is which.</summary>
    private static List<string> AddFrom(string path, Dictionary<string, string> settings)
    {
        var file = SettingsFile.Read(path);
        var overridden = settings.Keys.Where(file.Values.ContainsKey).ToList();
        List<string> notices =
        [
            $"{file.Values.Count - overridden.Count} settings from {path}" + (overridden.Count > 0 ? $"; from the command line instead: {string.Join(", ", overridden)}" : ""),
        ];
        if (file.LeftOut.Count > 0) notices.Add($"{path} asks for what is not built here, and is left out: {string.Join(", ", file.LeftOut)}");
        foreach (var (key, value) in file.Values) settings.TryAdd(key, value);
        return notices;
    }

    /// <summary>Takes the run's folder, and with it the run's name.</summary>
    /// <exception cref="UserErrorException">The folder cannot be made, or there is nothing at --resume.</exception>
    public RunSpec Settle(TimeProvider clock)
    {
        if (Config.Resume is { } path && !File.Exists(path)) throw new UserErrorException($"--resume {path}: there is no such file; name a checkpoint, or leave --resume out to start anew");
        var settled = RunFolder.Reserve(Config, clock);
        return new RunSpec(Trainer, Experiment, settled.Name!, settled.Seed, settled.ToDictionary());
    }

    private static string LastPart(string logs) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(logs)));

    private static FlagSyntax Syntax(Flag flag) =>
        new(flag.Name, flag.Key, flag.Type == typeof(bool) ? FlagArity.Switch : flag.Type == typeof(double[]) ? FlagArity.Many : FlagArity.One);
}
