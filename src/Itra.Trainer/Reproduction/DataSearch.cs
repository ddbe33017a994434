using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;

namespace Itra.Trainer.Reproduction;

/// <summary>Compares data sets with what was recorded of them; of one that changed it says which files did.</summary>
internal sealed class DataSearch(string cacheFolder, IArtifactStore artifacts)
{
    /// <param name="config">Says where they are.</param>
    /// <param name="recorded">By role.</param>
    public async Task<IReadOnlyList<Need>> FindAsync(ClipConfig config, IReadOnlyDictionary<string, DatasetFingerprint> recorded, CancellationToken cancellation)
    {
        List<Need> needs = [];
        foreach (var (role, then) in recorded.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            var what = $"{role} data";
            try
            {
                var now = Print(role, config, cancellation) ?? throw new UserErrorException($"{then.Name} is not among what the settings name");
                needs.Add(now.Fingerprint.Digest == then.Digest
                    ? Need.Of(what, NeedState.Here, $"{then.Name}, {then.Items} items") : await ComparedAsync(what, then, now, cancellation));
            }
            catch (UserErrorException e)
            {
                needs.Add(Need.Of(what, NeedState.Missing, e.Message));
            }
        }
        return needs;
    }

    private async Task<Need> ComparedAsync(string what, DatasetFingerprint then, FingerprintedSet now, CancellationToken cancellation)
    {
        if (then.Listing is not { } listing || !await artifacts.ExistsAsync(listing.Sha256, cancellation))
            return Need.Of(what, NeedState.Changed, $"{then.Name} is not what it was; which files it had is not kept");
        await using var text = await artifacts.OpenAsync(listing.Sha256, cancellation);
        var changes = FileListing.Read(text).ChangesTo(now.Files);
        return changes.Count == 0
            ? Need.Of(what, NeedState.Changed, $"{then.Name} has the files it had: what changed are captions, classes, prompts, or their order")
            : new Need(what, NeedState.Changed, $"{then.Name}: {changes.Count} of its files are not what they were", changes);
    }

    private FingerprintedSet? Print(string role, ClipConfig config, CancellationToken cancellation) => role switch
    {
        ClipData.TrainRole => Print(ClipData.OpenTrain(config), cancellation),
        ClipData.RetrievalRole => Print(ClipData.OpenRetrieval(config), cancellation),
        _ when ClipData.OpenZeroShot(config).FirstOrDefault(s => ClipData.ZeroShotRole(s.Name) == role) is { } zeroShot => Fingerprints.Of(zeroShot, cacheFolder, cancellation),
        _ => Linear(config).FirstOrDefault(s => s.Role == role).Set is { } linear ? Fingerprints.Of(linear, cacheFolder, cancellation) : null,
    };

    // A picture that is missing is to be named, not to be the end of the search.
    private FingerprintedSet? Print(CaptionSet? set, CancellationToken cancellation) => set is null ? null : Fingerprints.Of(set, cacheFolder, skipBroken: true, cancellation);

    private static IEnumerable<(string Role, ClassificationSet Set)> Linear(ClipConfig config) => ClipData.OpenLinear(config).SelectMany(pair =>
        new[] { (ClipData.LinearRole(pair.Train.Name, SetPart.Train), pair.Train), (ClipData.LinearRole(pair.Test.Name, SetPart.Test), pair.Test) });
}
