using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Data.Images;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>Zero-shot classification of a whole data set: each image gets the class whose prompts are nearest.</summary>
internal sealed class ZeroShotEvaluation(
    ClipModel model, ClassificationSet set, string digest, ClipTokenizer tokenizer, ClipConfig config, TimeProvider clock) : IEvaluation
{
    public const string Method = "zero-shot";

    private const double LogitScale = 100;
    private const int Guesses = 5;

    // Sets with classes of uneven size, of which ITRA (as CLIP) reports the mean over the classes.
    private static readonly HashSet<string> MeanPerClass = new(StringComparer.OrdinalIgnoreCase) { "FGVCAircraft", "OxfordIIITPet", "Caltech101", "Flowers102" };

    private readonly ZeroShotClassifier classifier = new(model, set.Prompts, tokenizer, config.BatchSize, config.ZeroshotOriginalAverage);
    private (string TextDigest, Tensor Classifier)? built;

    public int Frequency => config.ZeroshotFrequency;

    public IReadOnlyList<RunCommand> Evaluate(Replicas weights, int epoch, string label, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var skipped = config.SkipBroken ? new SkipLog() : null;
        var columns = Classifier(weights, cancellation).t();                                                            // (E, C)
        var (images, items) = Features.Of(
            shard => EvaluationWorker.Batches(set.Images, new EvalTransform(model.Image.ImageSize), config.BatchSize, config.Workers, shard, skipped, cancellation), weights,
            (w, pixels) => Features.UnitLength(model.EncodeImage(w, Normalisation.Normalise(pixels, w.Device), batchStatistics: false)), cancellation, skipped);      // (N, E)
        if (!weights.AreScoredHere) return [];
        List<int[]> guesses = [.. images.split(config.BatchSize).SelectMany(rows => Predictions.Best(rows.matmul(columns).Times(LogitScale), Guesses))];
        int[] labels = [.. items.Select(i => set.Images[i].Label)];

        double accuracy = ClassificationMetric.Accuracy(guesses, labels), meanPerClass = ClassificationMetric.MeanPerClass(guesses, labels);
        var scores = new Dictionary<string, double>
        {
            [$"{set.Name}-zeroshot-acc"] = MeanPerClass.Contains(set.Name) ? meanPerClass : accuracy,
            [$"{set.Name}-zeroshot-acc-top1"] = accuracy,
            [$"{set.Name}-zeroshot-acc-per-class"] = meanPerClass,
        };
        if (set.Classes > Guesses) scores.Add($"{set.Name}-zeroshot-acc-top5", ClassificationMetric.Accuracy(guesses, labels, Guesses));
        return [.. SkipLog.TellIfAny(epoch, skipped, ClipData.ZeroShotRole(set.Name)), new RecordClassification(epoch, Method, set.Name, digest, label, labels.Length, set.Classes, scores, clock.GetElapsedTime(started).TotalSeconds)];
    }

    /// <summary>(C, E), built again only when anything but the image tower has changed: thousands of prompts are minutes of work.</summary>
    private Tensor Classifier(Replicas weights, CancellationToken cancellation)
    {
        var digestOfText = weights.First.Digest(name => !name.StartsWith("image_", StringComparison.Ordinal) && name != ClipModel.LogitScale);
        if (built is { } known && known.TextDigest == digestOfText) return known.Classifier;
        built?.Classifier.Dispose();
        built = null;
        var fresh = classifier.Build(weights, cancellation).DetachFromDisposeScope();
        built = (digestOfText, fresh);
        return fresh;
    }
}
