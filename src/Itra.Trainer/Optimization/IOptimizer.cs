using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>Updates parameters from their gradients.</summary>
internal interface IOptimizer : IDisposable
{
    /// <summary>Updates made so far.</summary>
    long Updates { get; }

    /// <summary>What a checkpoint keeps besides the count: buffers laid out like the parameters, under PyTorch's names.</summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>One update; each group multiplies <paramref name="learningRate"/> by its own factor.</summary>
    void Step(double learningRate);

    /// <summary>Continues from a checkpoint, whose buffers have been copied into <see cref="State"/>.</summary>
    void Resume(long updates);
}
