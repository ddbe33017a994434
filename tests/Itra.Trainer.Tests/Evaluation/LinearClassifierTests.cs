using Itra.Trainer.Evaluation;
using Itra.Trainer.Optimization;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public class LinearClassifierTests
{
    [Fact]
    public void The_gradient_is_that_of_autograd()
    {
        var (x, labels) = Clusters(rows: 12, noise: 1);
        Tensor weight = randn(3, 4).requires_grad_(true), bias = randn(3).requires_grad_(true);
        var expected = nn.functional.cross_entropy(x.matmul(weight.t()).add(bias), labels);
        expected.backward();

        using var noGrad = no_grad();
        var (loss, weightGradient, biasGradient) = SoftmaxRegression.LossAndGradient(x, labels, weight, bias);
        Assert.Equal(expected.item<float>(), loss, 1e-6);
        Assert.True(weight.grad!.allclose(weightGradient, rtol: 1e-5, atol: 1e-7));
        Assert.True(bias.grad!.allclose(biasGradient, rtol: 1e-5, atol: 1e-7));
    }

    [Fact]
    public void L_BFGS_finds_the_bottom_of_Rosenbrock_s_valley()
    {
        var minimum = Lbfgs.Minimise(tensor(new float[] { -1.2f, 1 }), p =>
        {
            double a = p[0].item<float>(), b = p[1].item<float>(), bend = b - a * a;
            return (100 * bend * bend + (1 - a) * (1 - a), tensor(new[] { (float)(-400 * bend * a - 2 * (1 - a)), (float)(200 * bend) }));
        }, iterations: 200);
        Assert.Equal(1, minimum[0].item<float>(), 1e-3);
        Assert.Equal(1, minimum[1].item<float>(), 1e-3);
    }

    [Fact]
    public void Logistic_regression_by_hand_two_points_on_a_line()
    {
        // x = ±1, one class each. With w the half distance between the classes' weights the objective is w² + 2C log(1 + exp(-2w)):
        // at the minimum w (1 + exp(2w)) = 2C, and for C = (1 + e) / 4 that is w = 1/2.
        using var x = tensor(new float[] { 1, -1 }).view(2, 1);
        var (weight, bias) = SoftmaxRegression.Fit(x, tensor(new long[] { 0, 1 }), classes: 2, c: (1 + Math.E) / 4, TestContext.Current.CancellationToken);
        Assert.Equal([0.5f, -0.5f], weight.flatten().data<float>().ToArray(), (e, a) => Math.Abs(e - a) < 1e-4);
        Assert.Equal(0, (bias[0] - bias[1]).item<float>(), 1e-4);
    }

    [Fact]
    public void The_fit_is_a_minimum_of_the_penalised_loss()
    {
        var (x, labels) = Clusters(rows: 60, noise: 2);
        const double C = 3.16;
        var (weight, bias) = SoftmaxRegression.Fit(x, labels, classes: 3, C, TestContext.Current.CancellationToken);
        var (_, weightGradient, biasGradient) = SoftmaxRegression.LossAndGradient(x, labels, weight, bias);
        Assert.True(weightGradient.add(weight, 1 / (C * 60)).abs().max().item<float>() < 2e-5);
        Assert.True(biasGradient.abs().max().item<float>() < 2e-5);
    }

    [Fact]
    public void SGD_tells_clusters_apart_and_repeats_itself_with_the_same_seed()
    {
        var (x, labels) = Clusters(rows: 90, noise: 0.3);
        var (test, testLabels) = Clusters(rows: 30, noise: 0.3);
        var probe = SgdProbe.Run(x, labels, test, testLabels, classes: 3, seed: 1, TestContext.Current.CancellationToken);
        Assert.Equal(100, probe.Best);
        Assert.InRange(probe.Last, 90, probe.Best);
        Assert.Equal(probe, SgdProbe.Run(x, labels, test, testLabels, classes: 3, seed: 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_best_accuracy_of_any_epoch_is_no_lower_than_the_last()
    {
        // Labels that have nothing to do with the features: what is best is chance, and that it is chosen on the test set shows.
        var (x, _) = Clusters(rows: 50, noise: 5);
        var (test, _) = Clusters(rows: 50, noise: 5);
        using var random = new Generator(3);
        var probe = SgdProbe.Run(x, randint(0, 3, 50, generator: random), test, randint(0, 3, 50, generator: random), classes: 3, seed: 1, TestContext.Current.CancellationToken);
        Assert.True(probe.Best >= probe.Last);
        Assert.InRange(probe.Last, 5, 65);
    }

    /// <summary>Points around three corners in four dimensions.</summary>
    private static (Tensor X, Tensor Labels) Clusters(int rows, double noise)
    {
        using var random = new Generator((ulong)rows);
        var labels = arange(rows, ScalarType.Int64).remainder(3);
        return (eye(3, 4).index_select(0, labels).mul(3).add(empty(rows, 4).normal_(0, noise, random)), labels);
    }
}
