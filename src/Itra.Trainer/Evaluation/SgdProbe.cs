using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <param name="Best">Highest test accuracy of any epoch, percent. It is chosen on the test set, so it flatters; ITRA reports it.</param>
/// <param name="Last">Test accuracy after the last epoch, percent.</param>
internal readonly record struct ProbeAccuracy(double Best, double Last);

/// <summary>
/// ITRA's linear evaluation in its pytorch mode: a linear layer from N(0, 0.01), SGD with momentum over batches in the set's order, and a
/// learning rate that falls as a cosine, epoch by epoch.
/// </summary>
internal static class SgdProbe
{
    private const double LearningRate = 0.004, Momentum = 0.9, InitialDeviation = 0.01;
    private const int Epochs = 100, BatchSize = 1024;

    /// <param name="train">(N, D), as the tower gives them</param>
    /// <param name="labels">(N,) int64</param>
    /// <param name="test">(M, D)</param>
    /// <param name="testLabels">(M,) int64</param>
    public static ProbeAccuracy Run(Tensor train, Tensor labels, Tensor test, Tensor testLabels, int classes, int seed, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed);
        Tensor weight = empty([classes, train.size(1)], train.dtype, train.device).normal_(0, InitialDeviation, random), bias = zeros([classes], train.dtype, train.device);
        Tensor weightVelocity = zeros_like(weight), biasVelocity = zeros_like(bias);
        double best = 0, last = 0;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var rate = LearningRate * (1 + Math.Cos(Math.PI * epoch / Epochs)) / 2;
            foreach (var (rows, classOf) in train.split(BatchSize).Zip(labels.split(BatchSize)))
            {
                using var step = NewDisposeScope();
                var (_, weightGradient, biasGradient) = SoftmaxRegression.LossAndGradient(rows, classOf, weight, bias);
                weight.Add(weightVelocity.Multiply(Momentum).Add(weightGradient), -rate);
                bias.Add(biasVelocity.Multiply(Momentum).Add(biasGradient), -rate);
            }
            last = SoftmaxRegression.Accuracy(test, testLabels, weight, bias);
            best = Math.Max(best, last);
        }
        return new ProbeAccuracy(best, last);
    }
}
