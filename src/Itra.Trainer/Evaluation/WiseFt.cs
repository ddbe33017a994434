using System.Globalization;
using Itra.Trainer.Clip;

namespace Itra.Trainer.Evaluation;

/// <summary>What --eval-with-wise-ft asks for: evaluations see weights between those the run started from and those it has.</summary>
internal sealed class WiseFt : IDisposable
{
    private readonly ModelTensors start;
    private readonly double alpha;

    private WiseFt(ModelTensors start, double alpha) => (this.start, this.alpha) = (start, alpha);

    /// <param name="initial">Before a checkpoint or a step has changed them; they are copied.</param>
    /// <returns>Null where the trained weights alone are asked for.</returns>
    public static WiseFt? Of(ClipConfig config, ModelTensors initial) => config.EvalWithWiseFt == 1 ? null : new WiseFt(initial.Clone(), config.EvalWithWiseFt);

    /// <summary>The caller disposes what it gets.</summary>
    public ModelTensors Mix(ModelTensors trained)
    {
        start.MoveTo(trained.Device);
        return WeightInterpolation.Mix(start, trained, alpha);
    }

    /// <summary>Names the mixture in scores: <c>wise-ft-0.5</c>, or <c>ema-wise-ft-0.5</c>.</summary>
    /// <param name="trained">What the trained weights are called.</param>
    public string Label(string trained) => (trained == "raw" ? "" : trained + "-") + "wise-ft-" + alpha.ToString(CultureInfo.InvariantCulture);

    public void Dispose() => start.Dispose();
}
