using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>CLIP's text tower, with learned prompt vectors if asked for. Source: openai/CLIP; the prompt as ITRA adds it.</summary>
/// <remarks>Shapes: B batch, L tokens, D width, n prompt vectors.</remarks>
internal sealed class TextTransformer(TextSizes sizes, int embedDim, bool quickGelu, int promptLength, bool promptOriginalPosition, bool recompute, string prefix)
{
    /// <summary>Name of the (n, D) parameter; it stands outside the tower, where no lock reaches it.</summary>
    public const string PromptName = "prompt";

    private readonly Transformer transformer =
        new($"{prefix}.transformer", sizes.Width, sizes.Layers, sizes.Heads, 4, quickGelu, causal: true, clipInitialisation: true, recompute);

    public int LayerCount => sizes.Layers;

    /// <summary>Tokens a caption may have; prompt vectors take their places.</summary>
    public int ContextLength => sizes.ContextLength - promptLength;

    public IEnumerable<TensorPlan> PromptPlan() => promptLength == 0 ? [] : [new(PromptName, [promptLength, sizes.Width], Initialise.Normal(0.02))];

    public IEnumerable<TensorPlan> Plan()
    {
        long width = sizes.Width;
        return
        [
            new($"{prefix}.positional_embedding", [sizes.ContextLength, width], Initialise.Normal(0.01)),
            new($"{prefix}.text_projection", [width, embedDim], Initialise.Normal(Math.Pow(width, -0.5))),
            .. transformer.Plan(),
            new($"{prefix}.token_embedding.weight", [sizes.VocabularySize, width], Initialise.Normal(0.02)),
            .. Layers.LayerNormPlan($"{prefix}.ln_final", width),
        ];
    }

    /// <summary>
    /// The columns up to the last end of text: with the causal mask nothing behind it can reach a feature. Elsewhere than on the host finding
    /// it would mean to wait for the device, and all columns stay.
    /// </summary>
    /// <param name="tokens">(B, L) int64</param>
    public static Tensor Cut(Tensor tokens) => tokens.device_type == DeviceType.CPU ? tokens.narrow(1, 0, tokens.argmax(1).max().item<long>() + 1) : tokens;

    /// <param name="tokens">(B, up to ContextLength) int64 on the weights' device; end of text is the largest id, zeros follow it</param>
    /// <returns>(B, embedDim), not normalised</returns>
    public Tensor Forward(ModelTensors w, Tensor tokens)
    {
        long batch = tokens.size(0), length = tokens.size(1);
        var end = tokens.argmax(1);                                                                         // (B)
        var x = w.Kernels.Embedding(w[$"{prefix}.token_embedding.weight"], tokens.reshape(-1)).view(batch, length, sizes.Width); // (B, L, D)
        if (promptLength > 0)
        {
            var prompt = w[PromptName].unsqueeze(0).expand(batch, promptLength, sizes.Width);
            x = cat([x.narrow(1, 0, 1), prompt, x.narrow(1, 1, length - 1)], 1);                            // (B, n+L, D)
            length += promptLength;
            if (!promptOriginalPosition) end = end.Plus(promptLength);
        }
        x = transformer.Forward(w, x.Plus(w[$"{prefix}.positional_embedding"].narrow(0, 0, length)));
        var index = end.view(batch, 1, 1).expand(batch, 1, sizes.Width);
        var last = x.gather(1, index).squeeze(1);                                                           // (B, D)
        return Layers.LayerNorm(w, $"{prefix}.ln_final", last).Product(w[$"{prefix}.text_projection"]);
    }
}
