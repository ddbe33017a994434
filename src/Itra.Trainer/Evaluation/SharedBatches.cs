using Itra.Trainer.Data;

namespace Itra.Trainer.Evaluation;

/// <summary>Batches that several threads take from, each whenever it has time for one.</summary>
internal sealed class SharedBatches(IEnumerable<EvaluationBatch> batches) : IDisposable
{
    private readonly Lock gate = new();
    private readonly IEnumerator<EvaluationBatch> rest = batches.GetEnumerator();
    private int taken;
    private bool isClosed;

    /// <summary>The next batch and its place from 0; null when there is none. Whoever takes it disposes it.</summary>
    public (int Number, EvaluationBatch Batch)? Take()
    {
        lock (gate)
        {
            if (isClosed || !rest.MoveNext()) return null;
            return (taken++, rest.Current);
        }
    }

    /// <summary>Nobody gets another one.</summary>
    public void Close()
    {
        lock (gate) isClosed = true;
    }

    public void Dispose() => rest.Dispose();
}
