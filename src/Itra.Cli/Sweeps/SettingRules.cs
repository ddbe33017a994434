using Itra.Tracking.Comparison;
using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

/// <summary>Which settings change nothing that a run learns.</summary>
internal static class SettingRules
{
    // What a run is called, where its files go and how its work is shared out.
    public static readonly string[] Immaterial = ["name", "logs", "report_to", "save_frequency", "checkpoint_every", "workers", "threads", "grad_checkpointing", "cache_dir"];

    // Where the data stand: their digests say whether they are the same.
    private static readonly string[] Folders = ["datasets_dir"];

    public static ComparisonRules Comparison { get; } = new(Immaterial.Concat(Folders).ToHashSet(), ClipConfig.Flags.ToDictionary(f => f.Key, f => f.Default));
}
