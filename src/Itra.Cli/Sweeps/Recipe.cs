namespace Itra.Cli.Sweeps;

/// <summary>One of the guide's experiments: settings that its trials share, and what sets each of them apart.</summary>
/// <param name="Name">Of the file, without its extension; the experiment that the runs belong to.</param>
/// <param name="Guide">The section of the guide that commands and figures are from.</param>
/// <param name="Metric">The one that is compared.</param>
/// <param name="Also">Further metrics to report.</param>
/// <param name="Shared">Settings by underscored name, as the guide's command has them.</param>
internal sealed record Recipe(
    string Name, string Title, string Guide, string Metric, IReadOnlyList<string> Also, Picture Picture,
    IReadOnlyDictionary<string, string> Shared, IReadOnlyList<Trial> Trials)
{
    /// <summary>The metric that is compared, and whatever else the guide prints or the recipe asks for.</summary>
    public IReadOnlyList<string> Metrics => [.. new[] { Metric }.Concat(Also).Concat(Trials.SelectMany(t => t.Published.Keys)).Distinct()];
}

/// <param name="Settings">What differs from the shared ones. An empty value takes a shared one away.</param>
/// <param name="Published">The guide's figures by metric, in percent; empty where it prints none.</param>
/// <param name="Trainable">The guide's count of trainable parameters, exactly.</param>
internal sealed record Trial(string Name, IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, double> Published, long? Trainable);

internal enum AxisScale { Even, Linear, Log }

/// <summary>How a recipe is drawn.</summary>
/// <param name="X">The setting along the horizontal axis, or <see cref="PairsPerUpdate"/>; null for the trials side by side.</param>
/// <param name="Series">A setting that parts the trials into several lines.</param>
internal sealed record Picture(string? X, AxisScale Scale, string? Series)
{
    public const string PairsPerUpdate = "pairs_per_update";
}
