using System.Security.Cryptography;
using System.Text;
using Itra.Trainer.Data;
using Itra.Trainer.Distributed;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>
/// Features of towers that do not train: computed once, kept in a file named after everything they depend on, and used in the place of
/// the tower from then on. Images are seen as in evaluation, by their centre.
/// </summary>
internal sealed class FrozenTowers(ClipModel model, ModelTensors weights, ClipConfig config, ClipTokenizer tokenizer, string cacheFolder, IRunLog log, DeviceTeam devices)
{
    private const string TensorName = "features";

    // They do not train: what they are is found out once, not at every evaluation.
    private readonly Lazy<string> imageTower = new(() => weights.Digest(ClipModel.IsInImageTower)), textTower = new(() => weights.Digest(ClipModel.IsInTextTower));

    public bool Image => HasImage(config);

    public bool Text => config.CacheFrozen && !new Locking(config).TextNeedsGradient;

    /// <summary>True if the features of images are to be computed once.</summary>
    public static bool HasImage(ClipConfig config) => config.CacheFrozen && !new Locking(config).ImageNeedsGradient;

    /// <returns>(I, E) in the set's order, or null if the image tower trains. The caller disposes it.</returns>
    /// <param name="digest">Of the set's content.</param>
    public Tensor? Images(CaptionSet set, string digest, CancellationToken cancellation) => !Image ? null : Cached($"image {model.Image.ImageSize}", imageTower.Value, digest, set,
        (loader, shard) => loader.Images(shard, cancellation), (w, pixels) => model.EncodeImageTower(w, Normalisation.Normalise(pixels, w.Device), batchStatistics: false), cancellation);

    /// <returns>(T, E): all captions, item after item, or null if the text tower trains. The caller disposes it.</returns>
    public Tensor? Captions(CaptionSet set, string digest, CancellationToken cancellation) => !Text ? null : Cached($"text {model.ContextLength} {tokenizer.VocabularyDigest}", textTower.Value, digest, set,
        (loader, shard) => loader.Captions(Enumerable.Range(0, set.Items.Count), shard), (w, tokens) => model.EncodeTextTower(w, tokens), cancellation);

    private Tensor Cached(
        string kind, string tower, string digest, CaptionSet set, Func<EvaluationLoader, Shard, IEnumerable<EvaluationBatch>> batches, Func<ModelTensors, Tensor, Tensor> encode, CancellationToken cancellation)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind} {tower} {model.Activations} {digest}{(weights.Device.type == DeviceType.CPU ? "" : " on a GPU")}")));
        var path = Path.Combine(cacheFolder, "features", $"{key}.safetensors");
        // Computed by all together, or by nobody.
        var isKept = File.Exists(path);
        if (devices.Link is { } link ? !link.Exchange(isKept).All(kept => kept) : !isKept)
        {
            log.Info($"computing the features of {set.Name} once: {kind.Split(' ')[0]} tower, {set.Items.Count} items");
            var loader = new EvaluationLoader(set, tokenizer, model.ContextLength, model.Image.ImageSize, config.BatchSize, config.Workers);
            using var features = Compute(shard => batches(loader, shard), encode, cancellation);
            if (!isKept) SafeTensors.Write(path, [(TensorName, features)]);
        }
        using var file = WeightFile.Open(path);
        return file.Load(TensorName).DetachFromDisposeScope();
    }

    private Tensor Compute(Func<Shard, IEnumerable<EvaluationBatch>> batches, Func<ModelTensors, Tensor, Tensor> encode, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var replicas = Replicas.Copy(weights, devices);
        return Features.Of(batches, replicas, encode, cancellation).Features.DetachFromDisposeScope();
    }
}
