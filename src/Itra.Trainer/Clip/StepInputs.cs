using Itra.Trainer.Data;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>What a learner is given of a batch: images and tokens, or what frozen towers make of them.</summary>
internal sealed class StepInputs : IDisposable
{
    private readonly Tensor? images, captions;
    private readonly int[] firstCaption;

    public StepInputs(CaptionSet set, string digest, FrozenTowers frozen, CancellationToken cancellation)
    {
        images = frozen.Images(set, digest, cancellation);
        captions = frozen.Captions(set, digest, cancellation);
        firstCaption = new int[set.Items.Count];
        for (var i = 1; i < firstCaption.Length; i++) firstCaption[i] = firstCaption[i - 1] + set.Items[i - 1].Captions.Count;
    }

    /// <returns>In the scope that is open.</returns>
    public (Tensor Images, Tensor Texts) Of(PairBatch batch) => (
        images is null ? Normalisation.Normalise(batch.Pixels) : Rows(images, batch.Samples),
        captions is null ? batch.Tokens : Rows(captions, batch.Samples.Zip(batch.Captions, (sample, caption) => firstCaption[sample] + caption)));

    public void Dispose()
    {
        images?.Dispose();
        captions?.Dispose();
    }

    private static Tensor Rows(Tensor features, IEnumerable<int> rows) => features.index_select(0, tensor(rows.Select(r => (long)r).ToArray()));
}
