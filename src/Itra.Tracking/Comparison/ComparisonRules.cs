namespace Itra.Tracking.Comparison;

/// <summary>What whoever knows the settings has to say about them.</summary>
/// <param name="Places">Settings that change where files go, what things are called or how work is shared out, and nothing that is learnt.</param>
/// <param name="Defaults">A setting that was unknown when a run was recorded had its default's effect.</param>
public sealed record ComparisonRules(IReadOnlySet<string> Places, IReadOnlyDictionary<string, string> Defaults)
{
    public const string Seed = "seed", Trainer = "trainer", Experiment = "experiment", Name = "name";

    public static readonly ComparisonRules None = new(new HashSet<string>(), new Dictionary<string, string>());

    public bool IsPlace(string setting) => setting is Name or Experiment || Places.Contains(setting);
}
