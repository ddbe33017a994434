using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Data;
using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>What a run reads: the vocabulary, and the sets it trains and is evaluated on.</summary>
internal sealed record ClipData(ClipTokenizer Tokenizer, CaptionSet? Train, CaptionSet? Retrieval)
{
    /// <summary>What a set is for, as events name it.</summary>
    public const string RetrievalRole = "retrieval";

    public static ClipData Open(ClipConfig config, ModelLibrary library)
    {
        var tokenizer = ClipTokenizer.Load(File.Exists(config.Vocabulary) ? config.Vocabulary : library.Find(config.Vocabulary, ModelKind.Vocabulary));
        return new ClipData(
            tokenizer,
            config.TrainData is { } train ? CaptionSets.OpenTraining(train, TrainSource(config)) : null,
            config.RetrievalData is { } retrieval ? CaptionSets.OpenRetrieval(retrieval, RetrievalSource(config)) : null);
    }

    /// <summary>Reads every file once, unless it is known already, and says what was there.</summary>
    public IEnumerable<RecordDataset> Fingerprint(ClipConfig config, string cacheFolder, CancellationToken cancellation)
    {
        if (Train is not null) yield return new RecordDataset("train", Fingerprints.Of(Train, cacheFolder, config.SkipBroken, cancellation));
        if (Retrieval is not null) yield return new RecordDataset(RetrievalRole, Fingerprints.Of(Retrieval, cacheFolder, skipBroken: false, cancellation));
    }

    internal static CaptionSource TrainSource(ClipConfig c) => new()
    {
        DatasetsDirectory = c.DatasetsDir, ImagesDirectory = c.ImagesDir ?? "", Separator = c.CsvSeparator, ImageKey = c.CsvImgKey,
        CaptionKey = c.CsvCaptionKey, Size = c.DatasetSize, SkipBroken = c.SkipBroken,
    };

    private static CaptionSource RetrievalSource(ClipConfig c) => new()
    {
        DatasetsDirectory = c.DatasetsDir, ImagesDirectory = c.RetrievalImagesDir ?? "", Separator = c.RetrievalCsvSeparator,
        ImageKey = c.RetrievalCsvImgKey, CaptionKey = c.RetrievalCsvCaptionKey,
    };

    /// <exception cref="UserErrorException">The vocabulary has ids that the text tower has no embedding for.</exception>
    public void MustFit(ClipFamily text)
    {
        if (Tokenizer.VocabularySize != text.Text.VocabularySize)
            throw new UserErrorException($"the vocabulary has {Tokenizer.VocabularySize} tokens, but {text.Name} was made for {text.Text.VocabularySize}: name another one with --vocabulary");
    }
}
