using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Tracking.Runs;

/// <summary>What a run was asked to do, in the form in which runs are chosen by it.</summary>
/// <param name="Kin">Equal for runs that differ only in seed, name and where they keep their files.</param>
/// <param name="Config">The settings as JSON, numbers in one form.</param>
/// <param name="Reproduces">Whether it was made to repeat another run: what it scores is no result of its own.</param>
internal sealed record RunSpecRow(string RunId, DateTimeOffset RegisteredAt, string Experiment, string Trainer, string Name, int Seed, string Kin, string Config, bool Reproduces)
{
    // What says which of several equal runs this is, where it keeps its files and how often, and not how it trains.
    private static readonly HashSet<string> Individual = ["seed", "name", "logs", "report_to", "save_frequency", "checkpoint_every", "workers", "cache_dir"];

    public static RunSpecRow Of(RunRegistered e)
    {
        var (id, spec) = (e.RunId, e.Spec);
        var config = spec.Config.ToDictionary(s => StorableText.Of(s.Key), s => StorableText.Of(Normal(s.Value)));
        return new RunSpecRow(
            id, e.At, StorableText.Of(spec.Experiment), StorableText.Of(spec.Trainer), StorableText.Of(spec.Name), spec.Seed, KinOf(spec, config),
            JsonSerializer.Serialize(config, EventJson.Options), e.Origin?.Kind == OriginKind.Reproduction);
    }

    /// <summary>A number in the one form that all its spellings share, so that 1e-5 finds 1E-05 and 0.00001; other text as it is.</summary>
    public static string Normal(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : value;

    private static string KinOf(RunSpec spec, Dictionary<string, string> config)
    {
        var text = new StringBuilder().Append(JsonSerializer.Serialize(spec.Trainer)).Append(JsonSerializer.Serialize(spec.Experiment));
        foreach (var (key, value) in config.Where(s => !Individual.Contains(s.Key)).OrderBy(s => s.Key, StringComparer.Ordinal))
            text.Append(JsonSerializer.Serialize(key)).Append(JsonSerializer.Serialize(value));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }
}
