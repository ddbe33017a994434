using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>
/// What went wrong in a function that autograd called. An exception that left it would end the process, as it cannot pass through
/// libtorch's own code: it waits here until autograd has returned.
/// </summary>
internal sealed class BackwardFailure
{
    private ExceptionDispatchInfo? first;

    /// <summary>Runs such a function.</summary>
    /// <param name="gradients">What it computes.</param>
    /// <param name="placeholders">Of the same shapes; what autograd is given once something has failed, for it to come to its end.</param>
    public List<Tensor> Guard(Func<List<Tensor>> gradients, Func<List<Tensor>> placeholders)
    {
        if (first is not null) return placeholders();
        try
        {
            return gradients();
        }
        catch (Exception e)
        {
            first = ExceptionDispatchInfo.Capture(e);
            return placeholders();
        }
    }

    /// <summary>To be called when autograd has returned.</summary>
    /// <exception cref="Exception">What went wrong first since the last time.</exception>
    public void Rethrow()
    {
        var failed = first;
        first = null;
        failed?.Throw();
    }
}
