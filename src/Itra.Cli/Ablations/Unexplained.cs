using Itra.Cli.Output;
using Itra.Tracking.Comparison;
using Itra.Trainer.Clip;

namespace Itra.Cli.Ablations;

/// <summary>What two runs differ in and no flag of a training can change.</summary>
internal static class Unexplained
{
    // Of the machine, these can change a result.
    private static readonly string[] Arithmetic = ["device", "threads"];

    private static readonly string[] WeightGroups = ["Model", "Resuming"];

    /// <param name="explained">Settings that a ladder changes.</param>
    public static IReadOnlyList<string> Of(RunComparison two, IReadOnlyCollection<string> explained)
    {
        var groups = explained.Select(GroupOf).ToHashSet();
        return
        [
            .. two.Settings.Where(s => !explained.Contains(s.Setting) && !Settable.IsLooking(s.Setting)).Select(s => Line("setting", s.Setting, s.Values)),
            .. two.Circumstances.Where(c => c.Kind switch
            {
                "code" or "packages" => true,
                "data" => !groups.Contains("Data") && !explained.Contains(c.What),
                "weights" => c.What == "branched from" || !(groups.Overlaps(WeightGroups) || explained.Contains(ComparisonRules.Seed)),
                _ => Arithmetic.Contains(c.What),
            }).Select(c => Line(c.Kind, c.What, c.Values)),
        ];
    }

    private static string? GroupOf(string setting) => ClipConfig.Flags.FirstOrDefault(f => f.Key == setting)?.Group;

    private static string Line(string kind, string what, IReadOnlyList<string?> values) =>
        $"{kind}: {what} {Digest.Short(values[0] ?? "not recorded")} against {Digest.Short(values[1] ?? "not recorded")}";
}
