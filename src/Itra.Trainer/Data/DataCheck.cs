using System.Collections.Concurrent;
using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Data.Images;
using Itra.Trainer.Models;

namespace Itra.Trainer.Data;

/// <summary>Reads all data of a configuration as a run would, and goes on where a run would stop.</summary>
/// <param name="modelsFolder">Of the model library, for the vocabulary.</param>
/// <param name="cacheFolder">Where digests of files are remembered.</param>
public sealed class DataCheck(string modelsFolder, string cacheFolder)
{
    private const int Step = 64;

    /// <param name="progress">Pictures read so far, and of how many.</param>
    /// <exception cref="UserErrorException">A set is not there, or its list of images cannot be read.</exception>
    public DataCheckReport Run(ClipConfig config, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        var sets = Open(config).ToList();
        if (sets.Count == 0) throw new UserErrorException("there is no data to check: name some, for example --train-data mscoco_captions --datasets-dir DIR");
        var broken = Decode(sets, config, progress, cancellation);
        var (tokenizer, contextLength) = (Tokenizer(config), Model(config).ContextLength);
        List<CheckedSet> described = [.. sets.Zip(broken, (set, samples) => Describe(set, samples, tokenizer, contextLength, cancellation))];
        List<string> remarks = [.. sets.Where(s => s.Remark is not null).Select(s => $"{s.Name}: {s.Remark}")];
        if (tokenizer is null) remarks.Add($"captions were not counted in tokens: there is no vocabulary {config.Vocabulary} (`itra models pull {config.Vocabulary}`, or --vocabulary FILE)");
        return new DataCheckReport(described, Duplicates(sets, new ImageDigests(cacheFolder), cancellation), remarks);
    }

    /// <param name="Captions">Empty for a classification set.</param>
    /// <param name="Print">Reads all its files.</param>
    private sealed record DataSet(
        string Role, string Name, IReadOnlyList<IPicture> Pictures, IReadOnlyList<string> Captions, IReadOnlyList<SkippedSample> WithoutCaption, Func<CancellationToken, DatasetFingerprint> Print)
    {
        public string? Remark { get; init; }
    }

    private IEnumerable<DataSet> Open(ClipConfig config)
    {
        var lenient = config with { SkipBroken = true };
        if (ClipData.OpenTrain(lenient) is { } train) yield return Of(ClipData.TrainRole, train);
        if (ClipData.OpenRetrieval(lenient) is { } retrieval) yield return Of(ClipData.RetrievalRole, retrieval);
        foreach (var set in ClipData.OpenZeroShot(config)) yield return Of(ClipData.ZeroShotRole(set.Name), set);
        foreach (var (fitted, tested) in ClipData.OpenLinear(config))
        {
            yield return Of(ClipData.LinearRole(fitted.Name, SetPart.Train), fitted);
            yield return Of(ClipData.LinearRole(tested.Name, SetPart.Test), tested);
        }
    }

    private DataSet Of(string role, CaptionSet set) => new(
        role, set.Name, [.. set.Items.DistinctBy(i => i.ImagePath)], [.. set.Items.SelectMany(i => i.Captions)], set.Skipped, stop => Fingerprints.Of(set, cacheFolder, skipBroken: true, stop).Fingerprint);

    private DataSet Of(string role, ClassificationSet set) => new(role, set.Name, set.Images, [], [], stop => Fingerprints.Of(set, cacheFolder, stop).Fingerprint) { Remark = set.Remark };

    /// <summary>For each set the pictures that cannot be read, in its order.</summary>
    private static List<IReadOnlyList<BrokenSample>> Decode(IReadOnlyList<DataSet> sets, ClipConfig config, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        var transform = new EvalTransform(Model(config).Image.ImageSize);
        long total = sets.Sum(s => (long)s.Pictures.Count), done = 0;
        return [.. sets.Select(set =>
        {
            var broken = new ConcurrentDictionary<int, BrokenSample>();
            Parallel.For(0, set.Pictures.Count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                () => new PictureTrial(transform),
                (i, _, trial) =>
                {
                    if (trial.Failure(set.Pictures[i]) is { } failure) broken[i] = failure;
                    var read = Interlocked.Increment(ref done);
                    if (read % Step == 0 || read == total) progress?.Report((read, total));
                    return trial;
                },
                trial => trial.Dispose());
            return (IReadOnlyList<BrokenSample>)[.. broken.OrderBy(b => b.Key).Select(b => b.Value)];
        })];
    }

    private static CheckedSet Describe(DataSet set, IReadOnlyList<BrokenSample> broken, ClipTokenizer? tokenizer, int contextLength, CancellationToken cancellation)
    {
        var print = set.Print(cancellation);
        return new CheckedSet(
            set.Role, set.Name, print.Items, print.Captions, print.Bytes, print.Digest, broken, [.. set.WithoutCaption.Select(s => new BrokenSample(s.Path, s.Reason))],
            tokenizer is null ? null : set.Captions.AsParallel().WithCancellation(cancellation).Count(c => tokenizer.WouldTruncate(c, contextLength)));
    }

    private static List<SharedPicture> Duplicates(IReadOnlyList<DataSet> sets, ImageDigests digests, CancellationToken cancellation)
    {
        if (sets.FirstOrDefault(s => s.Role == ClipData.TrainRole) is not { } train) return [];
        var trained = WithDigests(train).DistinctBy(p => p.Sha256).ToDictionary(p => p.Sha256, p => p.Path);
        return [.. sets.Where(s => s != train).SelectMany(set => WithDigests(set).Where(p => trained.ContainsKey(p.Sha256)).Select(p => new SharedPicture(set.Role, trained[p.Sha256], p.Path)))];

        IEnumerable<(string Path, string Sha256)> WithDigests(DataSet set)
        {
            string[] paths = [.. set.Pictures.Select(PathOf).OfType<string>()];
            return paths.Zip(digests.Of(paths, cancellation)).Where(p => p.Second is not null).Select(p => (p.First, p.Second!.Value.Sha256));
        }
    }

    private static string? PathOf(IPicture picture) => picture switch { ImageCaptions c => c.ImagePath, LabelledFile f => f.Path, _ => null };

    private static ClipModel Model(ClipConfig config) => new(ClipFamilies.Find(config.ImageModel), ClipFamilies.Find(config.TextModel), config);

    private ClipTokenizer? Tokenizer(ClipConfig config)
    {
        if (File.Exists(config.Vocabulary)) return ClipTokenizer.Load(config.Vocabulary);
        var library = new ModelLibrary(modelsFolder);
        return library.List().Any(m => m.Kind == ModelKind.Vocabulary && m.Name == PublishedModels.Canonical(config.Vocabulary)) ? ClipTokenizer.Load(library.Find(config.Vocabulary, ModelKind.Vocabulary)) : null;
    }
}
