using System.Security.Cryptography;
using System.Text;
using Itra.Trainer.Clip.Norms;
using Itra.Trainer.Distributed;
using Itra.Trainer.Models;
using Itra.Trainer.Native;
using Itra.Trainer.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <param name="Loss">Of the batch, in nats.</param>
/// <param name="GradientNorm">Global L2 norm before clipping.</param>
/// <param name="LearningRate">Before the groups' factors.</param>
/// <param name="LogitScale">After the update; a logarithm.</param>
internal readonly record struct StepResult(double Loss, double GradientNorm, double LearningRate, double LogitScale);

/// <summary>
/// A model, its weights and what changes them: one <see cref="Step"/> is one optimizer update. On several devices each has one, which
/// sees its own pairs and applies the gradient of all: their weights stay the same to the bit.
/// </summary>
internal sealed class ClipLearner : IDisposable
{
    // The text tower is done first in backward: its gradients travel while the image tower's are computed.
    private const int TextSection = 0, ImageSection = 1;

    private readonly ClipModel model;
    private readonly ClipConfig config;
    private readonly ICollective ranks;
    private readonly CosineSchedule schedule;
    private readonly Locking locking;
    private readonly ScalarType? shorter;

    /// <param name="weights">Initial values; the learner takes the tensors over and trains them in place.</param>
    /// <param name="totalSteps">Length of the schedule, batches that are left out included.</param>
    /// <param name="ranks">The devices that train together; null for this one alone.</param>
    public ClipLearner(ClipModel model, ModelTensors weights, ClipConfig config, long totalSteps, ICollective? ranks = null)
    {
        (this.model, Weights, this.config, this.ranks) = (model, weights, config, ranks ?? Alone.Instance);
        locking = new Locking(config);
        weights.BatchNorm = config.GhostBatchNorm > 0 ? new GhostBatchNorm(config.GhostBatchNorm)
            : config.UseBnSync && this.ranks.WorldSize > 1 ? new SyncBatchNorm(this.ranks, weights.Failure)
            : new LocalBatchNorm(weights.Kernels);
        shorter = ShorterType(config.Precision, weights.Device.type);
        Scaler = shorter == ScalarType.Float16 ? new LossScaler() : null;
        schedule = new CosineSchedule(config.Lr, config.Warmup, totalSteps);
        var decay = new LayerDecay(config, model.Image, model.TextLayerCount);
        Parameters = new FlatParameters(weights, ParameterGroups.Of(model.Plan.Where(p => !p.IsBuffer && locking.IsTrainable(p.Name)), config, decay), name => ClipModel.IsOnTextSide(name) ? TextSection : ImageSection);
        Optimizer = config.Opt switch
        {
            "sgd" or "nesterov" => new Sgd(Parameters, config.Momentum, nesterov: true),
            "momentum" => new Sgd(Parameters, config.Momentum, nesterov: false),
            "adam" => new AdamW(Parameters, config.OptBetas[0], config.OptBetas[1], config.OptEps, decoupled: false),
            _ => new AdamW(Parameters, config.OptBetas[0], config.OptBetas[1], config.OptEps),
        };
        Average = config.ModelEma ? new WeightAverage(weights, Parameters, config.ModelEmaDecay) : null;
    }

    /// <summary>Steps are given the image tower's features, (B, E), in the place of images.</summary>
    public bool ImagesAreFeatures { get; init; }

    /// <summary>Steps are given the text tower's features, (B, E), in the place of tokens.</summary>
    public bool TextsAreFeatures { get; init; }

    public ClipModel Model => model;

    public ModelTensors Weights { get; }

    public FlatParameters Parameters { get; }

    public IOptimizer Optimizer { get; }

    /// <summary>Null unless --model_ema is given.</summary>
    public WeightAverage? Average { get; }

    /// <summary>Null unless the shorter type is float16.</summary>
    public LossScaler? Scaler { get; init; }

    /// <summary>Brings a number from the device; the only place where a step waits for one.</summary>
    public Func<Tensor, double> Read { get; init; } = scalar => scalar.to(ScalarType.Float64).item<double>();

    /// <summary>What autocast shortens to: in the original float16, which CPUs are slow at.</summary>
    private static ScalarType? ShorterType(string precision, DeviceType device) => precision switch
    {
        "amp" => device == DeviceType.CUDA ? ScalarType.Float16 : ScalarType.BFloat16,
        "amp_bf16" => ScalarType.BFloat16,
        _ => null,
    };

    /// <summary>One update. The order is the original's: the average takes in the weights as they were before it.</summary>
    /// <param name="images">(n, 3, S, S), normalised: this device's share of the batch</param>
    /// <param name="tokens">(n, ContextLength) int64</param>
    /// <param name="step">Position in the schedule, from 0.</param>
    public StepResult Step(Tensor images, Tensor tokens, long step)
    {
        using var scope = NewDisposeScope();
        Parameters.ZeroGradient();
        Average?.Update();
        var chunk = config.GradCache > 0 ? config.GradCache : (images.size(0) + config.AccumFreq - 1) / config.AccumFreq;
        var loss = chunk >= images.size(0) ? Backward(images, tokens) : BackwardInChunks(images.split(chunk), tokens.split(chunk));
        var scale = Scaler?.Scale ?? 1;
        var norm = PreciseNorm.Of(Parameters.Gradient, Read) / scale;
        ranks.ThrowIfFailed();
        var learningRate = schedule.At(step);
        if (Scaler?.Allows(norm) ?? true)
        {
            Parameters.ClipGradient(norm, config.MaxGradNorm, scale);
            Optimizer.Step(learningRate);
        }
        if (locking.ImageBatchStatistics) Weights.ShareStatistics(ranks);
        return new StepResult(Read(loss), norm, learningRate, Read(Weights[ClipModel.LogitScale]));
    }

    /// <summary>Takes over the whole state of rank 0's learner; every rank calls it.</summary>
    public void TakeFromFirst()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var counts = tensor(new[] { Optimizer.Updates, Scaler?.Scale ?? 0, Scaler?.Steady ?? 0 }, device: Weights.Device);
        IEnumerable<Tensor> state =
        [
            counts, Parameters.Data, .. Optimizer.State.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value),
            .. Weights.Plan.Select(p => Weights[p.Name]), .. Average is null ? [] : Weights.Plan.Select(p => Average.Tensors[p.Name]),
        ];
        foreach (var part in state) ranks.Broadcast(part);
        var taken = Enumerable.Range(0, 3).Select(i => Read(counts.select(0, i))).ToList();
        Optimizer.Resume((long)taken[0]);
        Scaler?.Resume(taken[1], (int)taken[2]);
    }

    private Tensor Backward(Tensor images, Tensor tokens)
    {
        var (image, text) = Encode(images, tokens);
        var loss = Contrast(image, text);
        Propagate((text, loss.Text));
        var texts = Send(TextSection);
        Propagate((image, loss.Image));
        var rest = Send(ImageSection);
        texts?.Wait();
        rest?.Wait();
        return loss.Loss;
    }

    /// <summary>
    /// The same gradient in the memory of one chunk: first all features without graph, then the loss's gradient by the features, then each
    /// chunk again with that gradient handed in. Source: Gao et al. 2021 (GradCache). Batch norm normalises by chunk.
    /// </summary>
    private Tensor BackwardInChunks(Tensor[] images, Tensor[] tokens)
    {
        List<Tensor> imageParts = [], textParts = [];
        using (no_grad())
        using (Weights.WithoutTracking())
        {
            foreach (var (chunkImages, chunkTokens) in images.Zip(tokens))
            {
                using var inner = NewDisposeScope();
                var (image, text) = Encode(chunkImages, chunkTokens);
                imageParts.Add(image.MoveToOuterDisposeScope());
                textParts.Add(text.MoveToOuterDisposeScope());
            }
        }
        var loss = Contrast(cat(imageParts), cat(textParts));
        long start = 0;
        foreach (var (chunkImages, chunkTokens) in images.Zip(tokens))
        {
            using var inner = NewDisposeScope();
            var (image, text) = Encode(chunkImages, chunkTokens);
            Propagate((text, loss.Text.narrow(0, start, text.size(0))), (image, loss.Image.narrow(0, start, image.size(0))));
            start += image.size(0);
        }
        List<IPendingSum?> sums = [Send(TextSection), Send(ImageSection)];
        foreach (var sum in sums) sum?.Wait();
        return loss.Loss;
    }

    /// <summary>The loss over the pairs of all devices; hands the logit scale its gradient, and what the towers are to be given.</summary>
    private GlobalInfoNce Contrast(Tensor image, Tensor text)
    {
        var loss = GlobalInfoNce.Of(image.detach(), text.detach(), Weights[ClipModel.LogitScale].detach(), ranks, kernels: Weights.Kernels);
        var scale = Scaler?.Scale ?? 1;
        if (Weights[ClipModel.LogitScale].grad is { } gradient) gradient.Add(loss.LogitScale, config.WAlign * scale);
        var share = config.WAlign * config.GatheredShare * scale;
        if (config.WAlign != 1) loss.Loss.Multiply(config.WAlign);
        return share == 1 ? loss : loss with { Image = loss.Image.Times(share), Text = loss.Text.Times(share) };
    }

    private void Propagate(params ReadOnlySpan<(Tensor Features, Tensor Gradient)> ends)
    {
        List<Tensor> features = [], gradients = [];
        foreach (var (end, gradient) in ends)
        {
            if (!end.requires_grad) continue;
            features.Add(end);
            gradients.Add(gradient);
        }
        if (features.Count == 0) return;
        autograd.backward(features, gradients);
        Weights.Failure.Rethrow();
    }

    private IPendingSum? Send(int section) => Parameters.GradientOf(section) is { } gradient ? ranks.Sum(gradient) : null;

    /// <returns>Features (n, E) each, of length one; float32 also under autocast: at a scale of 100 the logits would lose their last digits, and the loss is cheap.</returns>
    private (Tensor Image, Tensor Text) Encode(Tensor images, Tensor tokens)
    {
        Tensor image, text;
        using (shorter is { } type ? Autocast.On(Weights.Device.type, type) : Autocast.Off)
        {
            text = TextsAreFeatures ? model.EncodeTextHead(Weights, tokens) : Encode(locking.TextNeedsGradient, model.EncodeTextTower, model.EncodeTextHead, tokens);
            image = ImagesAreFeatures ? model.EncodeImageHead(Weights, images) : Encode(locking.ImageNeedsGradient, (w, x) => model.EncodeImageTower(w, x, locking.ImageBatchStatistics), model.EncodeImageHead, images);
        }
        return (Weights.Kernels.UnitLength(image.to(ScalarType.Float32)), Weights.Kernels.UnitLength(text.to(ScalarType.Float32)));
    }

    /// <summary>SHA-256 over the weights, their average and the optimizer's state: all that the next step depends on but its batch.</summary>
    public string StateDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Weights.Digest()} {Average?.Tensors.Digest()} {config.Opt} {Optimizer.Updates}"));
        foreach (var (name, buffer) in Optimizer.State.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            foreach (var plan in Parameters.Groups.SelectMany(g => g.Parameters))
            {
                using var values = Parameters.View(buffer, plan.Name);
                using var host = new HostTensor(values);
                TensorMemory.ForEachPiece(host.Tensor, (_, bytes) => hash.AppendData(bytes));
                // As many bytes as it takes in the buffers: the digest of states before there were sections.
                hash.AppendData(new byte[(FlatParameters.Padded(plan.Elements) - plan.Elements) * sizeof(float)]);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
    }

    private Tensor Encode(bool needsGradient, Func<ModelTensors, Tensor, Tensor> tower, Func<ModelTensors, Tensor, Tensor> head, Tensor input)
    {
        if (needsGradient) return head(Weights, tower(Weights, input));
        Tensor features;
        using (no_grad()) features = tower(Weights, input);
        return head(Weights, features);
    }
}
