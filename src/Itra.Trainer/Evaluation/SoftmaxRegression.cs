using Itra.Trainer.Native;
using Itra.Trainer.Optimization;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>A linear layer with a softmax on top, its loss and its gradient in closed form.</summary>
/// <remarks>Shapes: N rows, D features, C classes.</remarks>
internal static class SoftmaxRegression
{
    private const int Iterations = 1000;

    /// <summary>Mean cross entropy, and its gradient by weight (C, D) and bias (C,).</summary>
    /// <param name="x">(N, D)</param>
    /// <param name="labels">(N,) int64</param>
    public static (double Loss, Tensor WeightGradient, Tensor BiasGradient) LossAndGradient(Tensor x, Tensor labels, Tensor weight, Tensor bias)
    {
        var logProbability = x.matmul(weight.t()).Add(bias).log_softmax(1);                // (N, C)
        var column = labels.unsqueeze(1);
        var loss = -logProbability.gather(1, column).mean().item<float>();
        var error = logProbability.exp_().scatter_add_(1, column, ones(column.shape, x.dtype, x.device).neg()).Divide(x.size(0));
        return (loss, error.t().matmul(x), error.sum([0L]));
    }

    /// <summary>Percent of the rows whose class has the highest score.</summary>
    public static double Accuracy(Tensor x, Tensor labels, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        return 100 * x.matmul(weight.t()).Add(bias).argmax(1).eq(labels).to(ScalarType.Float64).mean().item<double>();
    }

    /// <summary>
    /// Minimises half the squared weights plus <paramref name="c"/> times the summed cross entropy, as scikit-learn's LogisticRegression
    /// does; the bias is not penalised.
    /// </summary>
    /// <returns>Weight (C, D) and bias (C,).</returns>
    public static (Tensor Weight, Tensor Bias) Fit(Tensor x, Tensor labels, int classes, double c, CancellationToken cancellation = default)
    {
        var (rows, features) = (x.size(0), x.size(1));
        var penalty = 1 / (c * rows);
        (Tensor Weight, Tensor Bias) Split(Tensor parameters) => (parameters.narrow(0, 0, classes * features).view(classes, features), parameters.narrow(0, classes * features, classes));

        var solution = Lbfgs.Minimise(zeros([classes * (features + 1)], x.dtype, x.device), parameters =>
        {
            cancellation.ThrowIfCancellationRequested();
            var (weight, bias) = Split(parameters);
            var (loss, weightGradient, biasGradient) = LossAndGradient(x, labels, weight, bias);
            var squared = weight.square().sum().item<float>();
            return (loss + penalty / 2 * squared, cat([weightGradient.Add(weight, penalty).flatten(), biasGradient]));
        }, Iterations);
        return Split(solution);
    }
}
