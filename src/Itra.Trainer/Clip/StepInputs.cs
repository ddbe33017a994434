using Itra.Trainer.Data;
using TorchSharp;
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

    /// <summary>The share of one of several devices: of k devices each has every k-th pair, as PyTorch's DistributedSampler deals them out.</summary>
    /// <param name="on">Where the images are wanted; tokens stay on the host, where their length can be seen.</param>
    /// <returns>In the scope that is open.</returns>
    public (Tensor Images, Tensor Texts) Of(PairBatch batch, Device on, int device = 0, int devices = 1) => (
        images is null ? Normalisation.Normalise(Pinned(Share(batch.Pixels, device, devices), on), on) : Rows(images, Share(batch.Samples, device, devices)),
        captions is null ? Share(batch.Tokens, device, devices) : Rows(captions, Share([.. batch.Samples.Zip(batch.Captions, (sample, caption) => firstCaption[sample] + caption)], device, devices)));

    public void Dispose()
    {
        images?.Dispose();
        captions?.Dispose();
    }

    private static Tensor Share(Tensor rows, int device, int devices) => devices == 1 ? rows : rows.unflatten(0, [-1, devices]).select(1, device).contiguous();

    private static IEnumerable<int> Share(IReadOnlyList<int> rows, int device, int devices) => Enumerable.Range(0, rows.Count / devices).Select(i => rows[i * devices + device]);

    // A share of a pinned batch is a copy, and not pinned: from there the driver would copy once more, and wait.
    private static Tensor Pinned(Tensor rows, Device on) => on.type != DeviceType.CUDA || rows.is_pinned() ? rows : rows.pin_memory();

    private static Tensor Rows(Tensor features, IEnumerable<int> rows) => features.index_select(0, tensor(rows.Select(r => (long)r).ToArray(), device: CPU));
}
