using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Arguments;

/// <summary>The settings behind <c>itra train</c>, and where each was given: on the command line, or in the file of <c>--config-yaml</c>.</summary>
/// <param name="Values">Of <see cref="ClipConfig"/>, by key, as text; what is absent has its default.</param>
/// <param name="Own">What was typed that is for this program and not for a trainer, by key.</param>
/// <param name="File">What the values that were not typed come from.</param>
/// <param name="Typed">Keys of the values that were typed.</param>
/// <param name="Notices">What somebody should know who gave just these.</param>
internal sealed record TrainSettings(
    IReadOnlyDictionary<string, string> Values, IReadOnlyDictionary<string, string> Own, string? File, IReadOnlySet<string> Typed, IReadOnlyList<string> Notices)
{
    public const string Trainer = "trainer", Experiment = "experiment", PrintConfig = "print_config", Offline = "offline", Json = "json", ConfigYaml = "config_yaml", LogLocal = "log-local";

    private static readonly IReadOnlyList<FlagSyntax> OwnFlags =
    [
        new("trainer", Trainer, FlagArity.One), new("experiment", Experiment, FlagArity.One),
        new("config-yaml", ConfigYaml, FlagArity.One), new("print-config", PrintConfig, FlagArity.Switch), new("offline", Offline, FlagArity.Switch), new("json", Json, FlagArity.Switch),
    ];

    private static readonly string[] MeaningfulWhenAbsent = ["train_data", "retrieval_data", "datasets_dir", "resume", "zeroshot_data", "checkpoint_every"];

    private static readonly FlagParser Parser = new([.. ClipConfig.Flags.Select(Syntax), .. OwnFlags, .. OriginalFlags.All.Select(f => f.Syntax)]);

    /// <summary>Whether a process that follows another is to have a log of its own.</summary>
    public bool LogsLocally { get; private init; }

    /// <exception cref="UserErrorException">A flag or the file cannot be read, or asks for what Itra does not have.</exception>
    public static TrainSettings Read(IReadOnlyList<string> words)
    {
        var typed = Parser.Parse(words).ToDictionary();
        var logsLocally = typed.ContainsKey(LogLocal.Replace('-', '_'));
        List<string> notices = [];
        foreach (var flag in OriginalFlags.All)
            if (typed.Remove(flag.Key, out var value)) notices.Add(flag.Answer(value));

        var own = OwnFlags.Where(f => typed.ContainsKey(f.Key)).ToDictionary(f => f.Key, f => typed[f.Key]);
        MustSaySomething(typed);
        var settings = typed.Where(t => !own.ContainsKey(t.Key)).ToDictionary();
        var keys = settings.Keys.ToHashSet();
        var path = own.GetValueOrDefault(ConfigYaml);
        if (path is not null) AddFrom(path, settings, notices);
        return new TrainSettings(settings, own, path, keys, notices) { LogsLocally = logsLocally };
    }

    /// <summary>Whether one of this program's own switches was given.</summary>
    public bool Has(string key) => Own.ContainsKey(key);

    /// <summary>Where the value of a setting comes from.</summary>
    public string Origin(string key) => Typed.Contains(key) ? "command line" : Values.ContainsKey(key) ? File! : "default";

    /// <summary>An empty value is what a shell makes of a variable that is not set: it must not train by default, evaluate only or start anew.</summary>
    private static void MustSaySomething(Dictionary<string, string> typed)
    {
        foreach (var flag in ClipConfig.Flags.Where(f => typed.GetValueOrDefault(f.Key) == "" && (f.Default.Length > 0 || MeaningfulWhenAbsent.Contains(f.Key) || f.Type != typeof(string))))
            throw new UserErrorException($"--{flag.Name} has an empty value: is the variable set that it comes from? Give one, or leave the flag out");
    }

    /// <summary>Adds what a file sets and the command line does not; tells which is which.</summary>
    private static void AddFrom(string path, Dictionary<string, string> settings, List<string> notices)
    {
        var file = SettingsFile.Read(path);
        var overridden = settings.Keys.Where(file.Values.ContainsKey).ToList();
        notices.Add($"{file.Values.Count - overridden.Count} settings from {path}" + (overridden.Count > 0 ? $"; from the command line instead: {string.Join(", ", overridden)}" : ""));
        notices.AddRange(file.Remarks);
        foreach (var (key, value) in file.Values) settings.TryAdd(key, value);
    }

    private static FlagSyntax Syntax(Flag flag) =>
        new(flag.Name, flag.Key, flag.Type == typeof(bool) ? FlagArity.Switch : flag.Type == typeof(double[]) ? FlagArity.Many : FlagArity.One);
}
