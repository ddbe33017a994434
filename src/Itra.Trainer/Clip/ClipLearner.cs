using System.Security.Cryptography;
using System.Text;
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

/// <summary>A model, its weights and what changes them: one <see cref="Step"/> is one optimizer update.</summary>
internal sealed class ClipLearner : IDisposable
{
    private readonly ClipModel model;
    private readonly ClipConfig config;
    private readonly CosineSchedule schedule;
    private readonly Locking locking;

    /// <param name="weights">Initial values; the learner takes the tensors over and trains them in place.</param>
    /// <param name="totalSteps">Length of the schedule, batches that are left out included.</param>
    public ClipLearner(ClipModel model, ModelTensors weights, ClipConfig config, long totalSteps)
    {
        (this.model, Weights, this.config) = (model, weights, config);
        locking = new Locking(config);
        schedule = new CosineSchedule(config.Lr, config.Warmup, totalSteps);
        var decay = new LayerDecay(config, model.Image, model.TextLayerCount);
        Parameters = new FlatParameters(weights, ParameterGroups.Of(model.Plan.Where(p => !p.IsBuffer && locking.IsTrainable(p.Name)), config, decay));
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

    /// <summary>One update. The order is the original's: the average takes in the weights as they were before it.</summary>
    /// <param name="images">(B, 3, S, S), normalised</param>
    /// <param name="tokens">(B, ContextLength) int64</param>
    /// <param name="step">Position in the schedule, from 0.</param>
    public StepResult Step(Tensor images, Tensor tokens, long step)
    {
        using var scope = NewDisposeScope();
        Parameters.ZeroGradient();
        Average?.Update();
        var loss = config.AccumFreq == 1 ? Backward(images, tokens) : BackwardInChunks(images, tokens);
        var norm = Parameters.ClipGradient(config.MaxGradNorm);
        var learningRate = schedule.At(step);
        Optimizer.Step(learningRate);
        return new StepResult(loss, norm, learningRate, Weights[ClipModel.LogitScale].item<float>());
    }

    private double Backward(Tensor images, Tensor tokens)
    {
        var (image, text) = Encode(images, tokens);
        var loss = Loss(image, text);
        loss.backward();
        return loss.item<float>();
    }

    /// <summary>
    /// The same gradient in the memory of one chunk: first all features without graph, then the loss's gradient by the features, then each
    /// chunk again with that gradient handed in. Source: Gao et al. 2021 (GradCache). Batch norm normalises by chunk.
    /// </summary>
    private double BackwardInChunks(Tensor images, Tensor tokens)
    {
        var chunks = images.chunk(config.AccumFreq).Zip(tokens.chunk(config.AccumFreq)).ToList();
        List<Tensor> imageParts = [], textParts = [];
        using (no_grad())
        using (Weights.WithoutTracking())
        {
            foreach (var (chunkImages, chunkTokens) in chunks)
            {
                using var inner = NewDisposeScope();
                var (image, text) = Encode(chunkImages, chunkTokens);
                imageParts.Add(image.MoveToOuterDisposeScope());
                textParts.Add(text.MoveToOuterDisposeScope());
            }
        }
        Tensor allImages = cat(imageParts).requires_grad_(true), allTexts = cat(textParts).requires_grad_(true);
        var loss = Loss(allImages, allTexts);
        loss.backward();

        var gradients = allImages.grad!.chunk(config.AccumFreq).Zip(allTexts.grad!.chunk(config.AccumFreq));
        foreach (var ((chunkImages, chunkTokens), (imageGradient, textGradient)) in chunks.Zip(gradients))
        {
            using var inner = NewDisposeScope();
            var (image, text) = Encode(chunkImages, chunkTokens);
            var open = new[] { (image, imageGradient), (text, textGradient) }.Where(p => p.Item1.requires_grad).ToList();
            if (open.Count > 0) autograd.backward([.. open.Select(p => p.Item1)], [.. open.Select(p => p.Item2)]);
        }
        return loss.item<float>();
    }

    private Tensor Loss(Tensor image, Tensor text) =>
        InfoNce.Loss(image, text, Weights[ClipModel.LogitScale]) is var loss && config.WAlign == 1 ? loss : loss.Times(config.WAlign);

    /// <returns>Features (B, E) each, float32 also under autocast: at a scale of 100 the logits would lose their last digits, and the loss is cheap.</returns>
    private (Tensor Image, Tensor Text) Encode(Tensor images, Tensor tokens)
    {
        Tensor image, text;
        using (config.Precision == "amp" ? Autocast.BFloat16(DeviceType.CPU) : Autocast.Off)
        {
            text = TextsAreFeatures ? model.EncodeTextHead(Weights, tokens) : Encode(locking.TextNeedsGradient, model.EncodeTextTower, model.EncodeTextHead, tokens);
            image = ImagesAreFeatures ? model.EncodeImageHead(Weights, images) : Encode(locking.ImageNeedsGradient, (w, x) => model.EncodeImageTower(w, x, locking.ImageBatchStatistics), model.EncodeImageHead, images);
        }
        return (image.to(ScalarType.Float32), text.to(ScalarType.Float32));
    }

    /// <summary>SHA-256 over the weights, their average and the optimizer's state: all that the next step depends on but its batch.</summary>
    public string StateDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Weights.Digest()} {Average?.Tensors.Digest()} {config.Opt} {Optimizer.Updates}"));
        foreach (var (name, buffer) in Optimizer.State.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            TensorMemory.ForEachPiece(buffer, (_, bytes) => hash.AppendData(bytes));
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
