using System.Globalization;
using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

/// <summary>
/// A trial's settings on the devices that there are. A recipe says pairs per device, as the guide does; here every update gathers the
/// same pairs (<c>batch_size x accum_freq x devices</c>), so that the loss contrasts as many captions and the learning rate means the same.
/// </summary>
internal static class TrialSettings
{
    public const string Devices = "nproc_per_node", Batch = "batch_size", Accumulation = "accum_freq";

    /// <param name="overrides">What the user sets; devices are one unless they are among it. Of batch size and accumulation, one that is set decides the other; both together are taken as they are.</param>
    /// <exception cref="UserErrorException">The pairs cannot be divided so.</exception>
    public static IReadOnlyDictionary<string, string> Of(Recipe recipe, Trial trial, IReadOnlyDictionary<string, string> overrides)
    {
        Dictionary<string, string> written = new(recipe.Shared), settings = new(written);
        foreach (var (key, value) in trial.Settings) written[key] = settings[key] = value;
        foreach (var (key, value) in overrides) settings[key] = value;
        settings.TryAdd("name", trial.Name);
        settings.Remove(Devices);
        if (overrides.GetValueOrDefault(Devices) is { Length: > 0 } and not "1") settings[Devices] = overrides[Devices];
        // An evaluation has no updates.
        if (settings.GetValueOrDefault("train_data") is not { Length: > 0 }) return settings;

        int pairs = Number(written, Batch) * Number(written, Accumulation) * Number(written, Devices), devices = Number(settings, Devices);
        if (!overrides.ContainsKey(Accumulation)) settings[Accumulation] = Divided(pairs, Number(settings, Batch) * devices, trial);
        else if (!overrides.ContainsKey(Batch)) settings[Batch] = Divided(pairs, Number(settings, Accumulation) * devices, trial);
        return settings;
    }

    private static string Divided(int pairs, int by, Trial trial) => pairs % by == 0
        ? (pairs / by).ToString(CultureInfo.InvariantCulture)
        : throw new UserErrorException($"{trial.Name}: {pairs} pairs per update are not a multiple of {by}: set both {Batch} and {Accumulation}");

    private static int Number(IReadOnlyDictionary<string, string> settings, string key)
    {
        var text = settings.GetValueOrDefault(key) is { Length: > 0 } given ? given : ClipConfig.Flags.FirstOrDefault(f => f.Key == key)?.Default ?? "1";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number : throw new UserErrorException($"{key} takes a whole number above 0, not '{text}'");
    }
}
