using Itra.Domain;
using Itra.Trainer.Data;

namespace Itra.Trainer.Clip;

/// <summary>How many optimizer updates trainings would take, from their data alone. Data sets are listed, not read, and each once.</summary>
public sealed class TrainingLengths
{
    private readonly Dictionary<(string, CaptionSource), int> samples = [];

    /// <returns>Updates over all epochs; 0 for an evaluation.</returns>
    /// <exception cref="UserErrorException">The data are not there.</exception>
    public long Of(ClipConfig config) => config.TrainData is { } names ? (long)config.Epochs * (Samples(config, names) / config.PairsPerUpdate) : 0;

    private int Samples(ClipConfig config, string names)
    {
        if (config.EpisodeSize > 0) return config.EpisodeSize;
        var source = ClipData.TrainSource(config);
        if (!samples.TryGetValue((names, source), out var count)) samples[(names, source)] = count = CaptionSets.OpenTraining(names, source).Items.Count;
        return count;
    }
}
