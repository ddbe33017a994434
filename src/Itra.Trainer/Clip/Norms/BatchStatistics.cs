using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip.Norms;

/// <summary>Mean and variance of a batch, per channel, and the lines that normalising and its gradient are by them.</summary>
internal sealed unsafe class BatchStatistics
{
    private const int Vectors = 5;

    private readonly double* mean, variance, inverse, sums;
    private readonly float* first, second, third;

    public BatchStatistics(FusedNormKernel kernel, ushort* x, double epsilon)
    {
        Kernel = kernel;
        var channels = kernel.Channels;
        Memory = empty([Vectors * channels + kernel.SumsLength], ScalarType.Float64, CPU);
        mean = (double*)TensorMemory.Pointer(Memory);
        variance = mean + channels;
        inverse = variance + channels;
        first = (float*)(inverse + channels);
        second = first + channels;
        third = second + channels;
        sums = mean + Vectors * channels;
        kernel.Statistics(x, sums, mean, variance);
        for (var c = 0; c < channels; c++) inverse[c] = 1 / Math.Sqrt(variance[c] + epsilon);
    }

    public FusedNormKernel Kernel { get; }

    /// <summary>Where all of it lies: a tensor, so that it comes and goes with those of the step. Autograd has to keep it until backward.</summary>
    public Tensor Memory { get; }

    /// <summary>Moves running statistics, (C) float32, towards these; the running variance is the unbiased one.</summary>
    public void Move(Tensor runningMean, Tensor runningVariance, double momentum)
    {
        float* means = (float*)TensorMemory.Pointer(runningMean), variances = (float*)TensorMemory.Pointer(runningVariance);
        var unbiased = (double)Kernel.Rows / Math.Max(1, Kernel.Rows - 1);
        for (var c = 0; c < Kernel.Channels; c++)
        {
            means[c] = (float)(momentum * mean[c] + (1 - momentum) * means[c]);
            variances[c] = (float)(momentum * unbiased * variance[c] + (1 - momentum) * variances[c]);
        }
        GC.KeepAlive(Memory);
        GC.KeepAlive(runningMean);
        GC.KeepAlive(runningVariance);
    }

    /// <summary>y = weight/σ · (x - mean) + bias (+ shortcut)</summary>
    public void Normalise(ushort* x, ushort* shortcut, float* weight, float* bias, ushort* y)
    {
        for (var c = 0; c < Kernel.Channels; c++)
        {
            var factor = weight[c] * inverse[c];
            first[c] = (float)factor;
            second[c] = (float)(bias[c] - factor * mean[c]);
        }
        Kernel.Normalise(x, shortcut, first, second, y);
        GC.KeepAlive(Memory);
    }

    /// <summary>
    /// With g the gradient before ReLU, c the centred x and N the rows: by x it is weight/σ · (g - Σg/N - c · Σ(g·c)/(N·σ²)), a line in g
    /// and x.
    /// </summary>
    public void Gradients(ushort* x, ushort* y, ushort* gradient, float* weight, ushort* byX, ushort* byShortcut, float* byWeight, float* byBias)
    {
        for (var c = 0; c < Kernel.Channels; c++) third[c] = (float)mean[c];
        Kernel.GradientSums(x, y, gradient, third, sums);
        for (var c = 0; c < Kernel.Channels; c++)
        {
            double scale = weight[c] * inverse[c], sum = sums[c], product = sums[Kernel.Channels + c];
            var slope = -scale * product * inverse[c] * inverse[c] / Kernel.Rows;
            (first[c], second[c]) = ((float)scale, (float)slope);
            byWeight[c] = (float)(product * inverse[c]);
            byBias[c] = (float)sum;
            third[c] = (float)(-scale * sum / Kernel.Rows - slope * third[c]);
        }
        Kernel.Gradients(x, y, gradient, first, second, third, byX, byShortcut);
        GC.KeepAlive(Memory);
    }
}
