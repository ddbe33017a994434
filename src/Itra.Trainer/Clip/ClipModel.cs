using Itra.Domain;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Two towers, a head on each, and a temperature. The towers may come from different families.</summary>
/// <remarks>Holds shapes and names only; the values are in <see cref="ModelTensors"/>, so that one model can be run with raw, averaged or mixed weights.</remarks>
internal sealed class ClipModel
{
    public const string LogitScale = "logit_scale", ImagePrefix = "image_backbone", TextPrefix = "text_backbone",
        ImageHeadPrefix = "image_projection_head", TextHeadPrefix = "text_projection_head";

    /// <summary>ln(1/0.07): the temperature CLIP starts from.</summary>
    private const double InitialLogitScale = 2.6592600369327783;

    private readonly TextTransformer text;
    private readonly ProjectionHead imageHead, textHead;

    /// <exception cref="UserErrorException">The two sides give features of different sizes.</exception>
    public ClipModel(ClipFamily image, ClipFamily text, ClipConfig config)
    {
        var prompt = config.Prompt ? config.NPrompt : 0;
        if (prompt > text.Text.ContextLength - 2) throw new UserErrorException($"--n-prompt {prompt} leaves no room for a caption: {text.Name} has {text.Text.ContextLength} tokens");
        bool Gelu(ClipFamily family) => family.QuickGelu || config.ForceQuickGelu;
        Image = image.ResNet is { } sizes
            ? new ModifiedResNet(sizes, image.EmbedDim, config.GradCheckpointing, ImagePrefix)
            : new VisionTransformer(image.VisionTransformer!, image.EmbedDim, Gelu(image), config.GradCheckpointing, ImagePrefix);
        this.text = new TextTransformer(text.Text, text.EmbedDim, Gelu(text), prompt, config.PromptOriginalPosition, config.GradCheckpointing, TextPrefix);

        Activations = new Activations(image.ResNet is null ? Activations.Name(Gelu(image)) : null, Activations.Name(Gelu(text)));

        // A side without a head sets the size for the other; with two heads the configuration has to say it.
        var joint = config.TextHeadNLayers == 0 ? text.EmbedDim : config.ImageHeadNLayers == 0 ? image.EmbedDim : config.JointProjectionDim;
        imageHead = new ProjectionHead(ImageHeadPrefix, config.ImageHeadNLayers, image.EmbedDim, joint);
        textHead = new ProjectionHead(TextHeadPrefix, config.TextHeadNLayers, text.EmbedDim, joint);
        if (imageHead.OutputDim != textHead.OutputDim)
            throw new UserErrorException($"{image.Name} gives {imageHead.OutputDim} image features and {text.Name} {textHead.OutputDim} text features: add a projection head, for example --image-head-n-layers 1");

        Plan =
        [
            .. this.text.PromptPlan(),
            new(LogitScale, [], Initialise.Constant(InitialLogitScale)),
            .. this.text.Plan(),
            .. Image.Plan(),
            .. textHead.Plan(),
            .. imageHead.Plan(),
        ];
    }

    /// <summary>Whether a tensor of this name belongs to the image tower, its head apart.</summary>
    public static bool IsInImageTower(string name) => name.StartsWith(ImagePrefix + ".", StringComparison.Ordinal);

    /// <summary>Whether a tensor of this name belongs to the text tower; its head, the prompt and the logit scale do not.</summary>
    public static bool IsInTextTower(string name) => name.StartsWith(TextPrefix + ".", StringComparison.Ordinal);

    /// <summary>Whether only captions have to do with a tensor of this name: the text tower, its head, the prompt.</summary>
    public static bool IsOnTextSide(string name) => IsInTextTower(name) || name == TextTransformer.PromptName || name.StartsWith(TextHeadPrefix + ".", StringComparison.Ordinal);

    public IImageTower Image { get; }

    public Activations Activations { get; }

    public int ContextLength => text.ContextLength;

    public int TextLayerCount => text.LayerCount;

    /// <summary>Every parameter and buffer, in the order of the original's state dict.</summary>
    public IReadOnlyList<TensorPlan> Plan { get; }

    /// <param name="images">(B, 3, S, S), normalised</param>
    /// <returns>(B, E); unit length only if there is a head</returns>
    public Tensor EncodeImage(ModelTensors w, Tensor images, bool batchStatistics) => EncodeImageHead(w, EncodeImageTower(w, images, batchStatistics));

    /// <param name="tokens">(B, ContextLength) int64, on the weights' device or, which saves work, on the host</param>
    /// <returns>(B, E); unit length only if there is a head</returns>
    public Tensor EncodeText(ModelTensors w, Tensor tokens) => EncodeTextHead(w, EncodeTextTower(w, tokens));

    // Tower and head apart: a frozen tower runs without gradients below a head that trains. A scope of its own each: what keeps a scope's
    // tensors grows by doubling, and is thrown away after the step.

    public Tensor EncodeImageTower(ModelTensors w, Tensor images, bool batchStatistics)
    {
        using var scope = NewDisposeScope();
        return Image.Forward(w, images, batchStatistics).MoveToOuterDisposeScope();
    }

    public Tensor EncodeImageHead(ModelTensors w, Tensor features) => imageHead.Forward(w, features.to(w.Device));

    public Tensor EncodeTextTower(ModelTensors w, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return text.Forward(w, TextTransformer.Cut(tokens).to(w.Device, non_blocking: true)).MoveToOuterDisposeScope();
    }

    public Tensor EncodeTextHead(ModelTensors w, Tensor features) => textHead.Forward(w, features.to(w.Device));
}
