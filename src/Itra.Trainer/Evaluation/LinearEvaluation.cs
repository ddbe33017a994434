using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Data.Images;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>How well classes can be told from the image tower's features: by a linear classifier and by the nearest neighbours.</summary>
/// <param name="train">Both classifiers are fitted to its features; the model never sees its labels.</param>
/// <param name="digest">Of the test part.</param>
internal sealed class LinearEvaluation(
    ClipModel model, ClassificationSet train, ClassificationSet test, string digest, ClipConfig config, TimeProvider clock) : IEvaluation
{
    public const string LinearMethod = "linear", NeighbourMethod = "knn";

    private readonly ClassificationSet train = train.Prompts.Names.SequenceEqual(test.Prompts.Names)
        ? train
        : throw new UserErrorException($"{test.Name}: its training part has other classes ({train.Classes}) than its test part ({test.Classes}): compare their folders");

    public int Frequency => config.LinearFrequency;

    public IReadOnlyList<RunCommand> Evaluate(Replicas weights, int epoch, string label, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (skippedInTrain, skippedInTest) = config.SkipBroken ? (new SkipLog(), new SkipLog()) : default((SkipLog?, SkipLog?));
        var (trainFeatures, trainLabels) = FeaturesOf(train, weights, skippedInTrain, cancellation);
        var (testFeatures, testLabels) = FeaturesOf(test, weights, skippedInTest, cancellation);
        if (!weights.AreScoredHere) return [];

        var (accuracy, more) = Linear(trainFeatures, trainLabels, testFeatures, testLabels, cancellation);
        var linear = Scores(LinearMethod, [($"{test.Name}-linear-eval-acc", accuracy), .. more]);

        started = clock.GetTimestamp();
        var guesses = NearestNeighbours.Classify(Features.UnitLength(trainFeatures), trainLabels, Features.UnitLength(testFeatures), test.Classes, cancellation: cancellation);
        return
        [
            .. SkipLog.TellIfAny(epoch, skippedInTrain, ClipData.LinearRole(train.Name, SetPart.Train)),
            .. SkipLog.TellIfAny(epoch, skippedInTest, ClipData.LinearRole(test.Name, SetPart.Test)),
            linear,
            Scores(NeighbourMethod, [($"{test.Name}-knn-eval-acc", ClassificationMetric.Accuracy(guesses, [.. testLabels.data<long>().Select(l => (int)l)]))]),
        ];

        RecordClassification Scores(string method, IEnumerable<(string Metric, double Value)> scores) => new(
            epoch, method, test.Name, digest, label, (int)testLabels.size(0), test.Classes, scores.ToDictionary(s => s.Metric, s => s.Value), clock.GetElapsedTime(started).TotalSeconds);
    }

    private (double Accuracy, IEnumerable<(string, double)> More) Linear(Tensor trainFeatures, Tensor trainLabels, Tensor testFeatures, Tensor testLabels, CancellationToken cancellation)
    {
        if (config.LinearProbMode == "sklearn")
        {
            var (weight, bias) = SoftmaxRegression.Fit(trainFeatures, trainLabels, test.Classes, config.C, cancellation);
            return (SoftmaxRegression.Accuracy(testFeatures, testLabels, weight, bias), []);
        }
        var probe = SgdProbe.Run(trainFeatures, trainLabels, testFeatures, testLabels, test.Classes, config.Seed, cancellation);
        return (probe.Best, [($"{test.Name}-linear-eval-acc-last-epoch", probe.Last)]);
    }

    /// <summary>The tower's features (N, D), without head and not normalised, and the labels (N,).</summary>
    private (Tensor Features, Tensor Labels) FeaturesOf(ClassificationSet set, Replicas weights, SkipLog? skipped, CancellationToken cancellation)
    {
        var (features, items) = Features.Of(
            shard => EvaluationWorker.Batches(set.Images, new EvalTransform(model.Image.ImageSize), config.BatchSize, config.Workers, shard, skipped, cancellation), weights,
            (w, pixels) => model.EncodeImageTower(w, Normalisation.Normalise(pixels, w.Device), batchStatistics: false), cancellation, skipped);
        return (features, tensor(items.Select(i => (long)set.Images[i].Label).ToArray(), device: features.device));
    }
}
