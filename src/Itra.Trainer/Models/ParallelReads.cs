using System.Runtime.ExceptionServices;

namespace Itra.Trainer.Models;

/// <summary>Several parts of a file at once: while the disk answers for one, the pages of another are made and filled.</summary>
internal static class ParallelReads
{
    /// <summary>Like a loop, but in no order. Throws what one of the reads threw.</summary>
    public static void ForEach<T>(IEnumerable<T> items, Action<T> read)
    {
        try
        {
            Parallel.ForEach(items, read);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }
}
