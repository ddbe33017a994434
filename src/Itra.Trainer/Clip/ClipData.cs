using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>What a run reads: the vocabulary, and the sets it trains and is evaluated on.</summary>
internal sealed record ClipData(ClipTokenizer Tokenizer, CaptionSet? Train, CaptionSet? Retrieval)
{
    /// <summary>What a set is for, as events name it.</summary>
    public const string TrainRole = "train", RetrievalRole = "retrieval";

    public IReadOnlyList<ClassificationSet> ZeroShot { get; init; } = [];

    /// <summary>Sets whose training part a classifier on the features is fitted to; the model itself never trains on them.</summary>
    public IReadOnlyList<(ClassificationSet Train, ClassificationSet Test)> Linear { get; init; } = [];

    public static string ZeroShotRole(string set) => $"zero-shot {set}";

    public static string LinearRole(string set, SetPart part) => $"linear {set} {(part == SetPart.Train ? "train" : "test")}";

    public static ClipData Open(ClipConfig config, ModelLibrary library) =>
        new(ClipTokenizer.Load(VocabularyPath(config, library)), OpenTrain(config), OpenRetrieval(config)) { ZeroShot = OpenZeroShot(config), Linear = OpenLinear(config) };

    /// <exception cref="UserErrorException">It is neither a file nor in the library.</exception>
    public static string VocabularyPath(ClipConfig config, ModelLibrary library) => File.Exists(config.Vocabulary) ? config.Vocabulary : library.Find(config.Vocabulary, ModelKind.Vocabulary);

    public static CaptionSet? OpenTrain(ClipConfig config) => config.TrainData is { } train ? CaptionSets.OpenTraining(train, TrainSource(config)) : null;

    public static CaptionSet? OpenRetrieval(ClipConfig config) => config.RetrievalData is { } retrieval ? CaptionSets.OpenRetrieval(retrieval, RetrievalSource(config)) : null;

    public static IReadOnlyList<ClassificationSet> OpenZeroShot(ClipConfig config) =>
        Distinct([.. ZeroShotNames(config).Select(name => ClassificationSets.Open(name, config.DatasetsDir, SetPart.Test))], s => s.Name, "--zeroshot-data");

    public static IReadOnlyList<(ClassificationSet Train, ClassificationSet Test)> OpenLinear(ClipConfig config) => config.LinearFrequency == 0 ? [] : Distinct(
        [.. Items(config.LinearData).Select(name => (ClassificationSets.Open(name, config.DatasetsDir, SetPart.Train), ClassificationSets.Open(name, config.DatasetsDir, SetPart.Test)))],
        s => s.Item2.Name, "--linear-data");

    /// <summary>What somebody who reads the scores should know of the sets.</summary>
    public IEnumerable<string> Remarks(ClipConfig config)
    {
        if (config.ZeroshotFrequency > 0 && ZeroShot.Count == 0)
            yield return $"--zeroshot-frequency {config.ZeroshotFrequency}: no classification set is below {config.DatasetsDir ?? "the working directory"}, so there is nothing to classify";
        foreach (var set in ZeroShot.Where(s => s.Remark is not null)) yield return $"{set.Name}: {set.Remark}";
    }

    /// <summary>Digests of the sets' names and texts by role: the same on every machine that has the same sets.</summary>
    public IReadOnlyDictionary<string, string> Listings()
    {
        var listings = new Dictionary<string, string>();
        if (Train is not null) listings.Add(TrainRole, Train.ListingDigest());
        if (Retrieval is not null) listings.Add(RetrievalRole, Retrieval.ListingDigest());
        foreach (var set in ZeroShot) listings.Add(ZeroShotRole(set.Name), set.ListingDigest());
        foreach (var (set, part) in Linear.SelectMany(l => new[] { (l.Train, SetPart.Train), (l.Test, SetPart.Test) })) listings.Add(LinearRole(set.Name, part), set.ListingDigest());
        return listings;
    }

    /// <summary>Reads every file once, unless it is known already, and says what was there.</summary>
    public IEnumerable<RecordDataset> Fingerprint(ClipConfig config, string cacheFolder, CancellationToken cancellation)
    {
        if (Train is not null) yield return Recorded(TrainRole, Fingerprints.Of(Train, cacheFolder, config.SkipBroken, cancellation));
        if (Retrieval is not null) yield return Recorded(RetrievalRole, Fingerprints.Of(Retrieval, cacheFolder, config.SkipBroken, cancellation));
        foreach (var set in ZeroShot) yield return Recorded(ZeroShotRole(set.Name), Fingerprints.Of(set, cacheFolder, cancellation));
        foreach (var (train, test) in Linear)
        {
            yield return Recorded(LinearRole(train.Name, SetPart.Train), Fingerprints.Of(train, cacheFolder, cancellation));
            yield return Recorded(LinearRole(test.Name, SetPart.Test), Fingerprints.Of(test, cacheFolder, cancellation));
        }
    }

    private static RecordDataset Recorded(string role, FingerprintedSet set) => new(role, set.Fingerprint) { Listing = set.Files.ToBytes() };

    private static IReadOnlyList<string> ZeroShotNames(ClipConfig config) => (config.ZeroshotData, config.ZeroshotFrequency) switch
    {
        ({ } named, _) => Items(named),
        (null, > 0) => ClassificationSets.Find(config.DatasetsDir),
        _ => [],
    };

    /// <summary>Scores go by the name of a set, which of a folder is its last part.</summary>
    private static IReadOnlyList<T> Distinct<T>(IReadOnlyList<T> sets, Func<T, string> name, string flag) =>
        sets.GroupBy(name).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new UserErrorException($"{flag} names two sets '{twice.Key}', whose scores could not be told apart: name one, or rename a folder")
            : sets;

    private static string[] Items(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    internal static CaptionSource TrainSource(ClipConfig c) => new()
    {
        DatasetsDirectory = c.DatasetsDir, ImagesDirectory = c.ImagesDir ?? "", Separator = c.CsvSeparator, ImageKey = c.CsvImgKey,
        CaptionKey = c.CsvCaptionKey, Size = c.DatasetSize, SkipBroken = c.SkipBroken,
    };

    private static CaptionSource RetrievalSource(ClipConfig c) => new()
    {
        DatasetsDirectory = c.DatasetsDir, ImagesDirectory = c.RetrievalImagesDir ?? "", Separator = c.RetrievalCsvSeparator,
        ImageKey = c.RetrievalCsvImgKey, CaptionKey = c.RetrievalCsvCaptionKey, SkipBroken = c.SkipBroken,
    };

    /// <exception cref="UserErrorException">The vocabulary has ids that the text tower has no embedding for.</exception>
    public void MustFit(ClipFamily text)
    {
        if (Tokenizer.VocabularySize != text.Text.VocabularySize)
            throw new UserErrorException($"the vocabulary has {Tokenizer.VocabularySize} tokens, but {text.Name} was made for {text.Text.VocabularySize}: name another one with --vocabulary");
    }
}
