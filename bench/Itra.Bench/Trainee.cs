using Itra.Trainer.Clip;
using static TorchSharp.torch;

namespace Itra.Bench;

/// <summary>A model with random weights and its learner.</summary>
internal sealed class Trainee : IDisposable
{
    private readonly ClipFamily family;
    private long step;

    public Trainee(string model, int threads, string precision = "fp32", bool average = false)
    {
        set_num_threads(threads);
        family = ClipFamilies.Find(model);
        Config = ClipConfig.Parse(new Dictionary<string, string>
        {
            ["image_model"] = model, ["text_model"] = model, ["train_data"] = "random", ["lr"] = "1e-5", ["warmup"] = "10",
            ["max_grad_norm"] = "5", ["model_ema"] = average ? "true" : "false", ["precision"] = precision,
        });
        Model = new ClipModel(family, family, Config);
        Weights = ModelTensors.Create(Model.Plan, seed: 1);
        Learner = new ClipLearner(Model, Weights, Config, totalSteps: 1000);
    }

    public ClipConfig Config { get; }

    public ClipModel Model { get; }

    public ModelTensors Weights { get; }

    public ClipLearner Learner { get; }

    /// <summary>(batch, 3, S, S), normalised</summary>
    public Tensor Images(int batch) => randn(batch, 3, family.ImageSize, family.ImageSize);

    /// <summary>(batch, L): captions of MS-COCO's usual length, 12 tokens with start and end, zeros behind.</summary>
    public Tensor Tokens(int batch)
    {
        var tokens = zeros(batch, Model.ContextLength, ScalarType.Int64);
        tokens.narrow(1, 0, 11).fill_(320);
        tokens.narrow(1, 11, 1).fill_(family.Text.VocabularySize - 1);
        return tokens;
    }

    public StepResult Step(Tensor images, Tensor tokens) => Learner.Step(images, tokens, step++);

    public void Dispose()
    {
        Learner.Dispose();
        Weights.Dispose();
    }
}
