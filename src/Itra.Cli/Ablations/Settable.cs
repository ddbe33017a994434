using Itra.Cli.Arguments;
using Itra.Cli.Sweeps;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Comparison;
using Itra.Trainer.Clip;

namespace Itra.Cli.Ablations;

/// <summary>What of a run's settings a sweep can ask for.</summary>
internal static class Settable
{
    private const string DataFolder = "datasets_dir";

    // When and where else the weights are looked at changes neither them nor their last score.
    private static readonly string[] Looking = ["retrieval_frequency", "zeroshot_frequency", "zeroshot_data", "linear_frequency", "linear_data", "eval_first"];

    /// <summary>Every setting, but the name: trials have their own.</summary>
    public static IReadOnlyDictionary<string, string> Of(ComparedRun run)
    {
        OrderedDictionary<string, string> settings = [];
        foreach (var flag in ClipConfig.Flags.Where(f => f.Key != ComparisonRules.Name)) settings[flag.Key] = run.Spec.Config.GetValueOrDefault(flag.Key, flag.Default);
        settings[ComparisonRules.Trainer] = run.Spec.Trainer;
        settings[ComparisonRules.Seed] = run.Spec.Seed.ToString();
        return settings;
    }

    public static bool IsLooking(string setting) => Looking.Contains(setting);

    /// <summary>Whether a flag can bring the second run's value. Leaving a flag out gives its default, which need not be an empty value.</summary>
    public static bool Takes(SettingDifference difference) => !IsLooking(difference.Setting) && IsFlag(difference);

    /// <summary>What else the second run was asked for that a sweep knows it by. A folder that is not here does no harm to what is done.</summary>
    public static IReadOnlyDictionary<string, string> Marks(RunComparison two, ComparedRun second) =>
        two.Settings.Where(s => IsLooking(s.Setting)).Concat(two.Places.Where(p => p.Setting == DataFolder && second.Summary.Status == RunStatus.Completed))
            .Where(IsFlag).ToDictionary(s => s.Setting, s => s.Values[1]!);

    private static bool IsFlag(SettingDifference difference) =>
        RecipeFile.SettingNames.Contains(difference.Setting) && difference.Values[1] is { } value
        && (value.Length > 0 || ClipConfig.Flags.Any(f => f.Key == difference.Setting && f.Default.Length == 0));

    /// <returns>Why the settings make no sense together; null if they do.</returns>
    public static string? Refusal(IReadOnlyDictionary<string, string> settings)
    {
        try
        {
            var request = TrainRequest.Read(TrainWords.Of(settings, DeltaExplanation.DefaultName));
            if (request.Config.TrainData is not null) ModelParameters.Of(request.Config);
            return null;
        }
        catch (UserErrorException e)
        {
            return e.Message;
        }
    }
}
