using Itra.Domain.Runs;

namespace Itra.Trainer.Evaluation;

/// <summary>What is measured of weights besides the loss.</summary>
internal interface IEvaluation
{
    /// <summary>Every how many epochs; 0 for never.</summary>
    int Frequency { get; }

    /// <summary>Scores the weights in evaluation mode, fp32 and without gradients. Every process of a training calls it; process 0 alone has commands to return.</summary>
    /// <param name="epoch">Epochs they were trained.</param>
    /// <param name="label">Which weights these are: <c>raw</c>, <c>ema</c>, or a mixture as <see cref="WiseFt.Label"/> names it.</param>
    /// <returns>One command per method and data set; before it what had to be left out.</returns>
    /// <exception cref="OperationCanceledException">Somebody wants to stop. Unless it comes from scoring, it comes in every process.</exception>
    IReadOnlyList<RunCommand> Evaluate(Replicas weights, int epoch, string label, CancellationToken cancellation);
}
