using System.Reflection;
using Itra.Domain;
using Itra.Trainer.Devices;

namespace Itra.Trainer.Clip;

/// <summary>
/// Every setting of a CLIP fine-tuning run, flat, under the guide's names. Defaults are the original's unless the comment beside them says why not.
/// </summary>
public sealed partial record ClipConfig
{
    private const string DataGroup = "Data", ModelGroup = "Model", TrainGroup = "Training", LockGroup = "Freezing", ResumeGroup = "Resuming", EvalGroup = "Evaluation", FilesGroup = "Files", MoreGroup = "Machine";

    [Flag("train-data", DataGroup, "comma list of mscoco_captions, mscoco_captions_2014, mscoco_captions_x0.1 or CSV files; absent: evaluate only")]
    public string? TrainData { get; init; }

    [Flag("retrieval-data", DataGroup, "mscoco_captions, mscoco_captions_2014 or a CSV file to evaluate retrieval on")]
    public string? RetrievalData { get; init; }

    [Flag("datasets-dir", DataGroup, "folder that holds the data sets (coco2017/...)")]
    public string? DatasetsDir { get; init; }

    [Flag("images-dir", DataGroup, "prefix of the image paths in a training CSV")]
    public string? ImagesDir { get; init; }

    [Flag("csv-separator", DataGroup, "separator of training CSVs")]
    public string CsvSeparator { get; init; } = "\t";

    [Flag("csv-img-key", DataGroup, "column of image paths in training CSVs")]
    public string CsvImgKey { get; init; } = "filepath";

    [Flag("csv-caption-key", DataGroup, "column of captions in training CSVs")]
    public string CsvCaptionKey { get; init; } = "title";

    [Flag("retrieval-images-dir", DataGroup, "prefix of the image paths in a retrieval CSV, below --datasets-dir unless absolute")]
    public string? RetrievalImagesDir { get; init; }

    [Flag("retrieval-csv-separator", DataGroup, "separator of the retrieval CSV")]
    public string RetrievalCsvSeparator { get; init; } = "\t";

    [Flag("retrieval-csv-img-key", DataGroup, "column of image paths in the retrieval CSV")]
    public string RetrievalCsvImgKey { get; init; } = "filepath";

    [Flag("retrieval-csv-caption-key", DataGroup, "column of captions in the retrieval CSV")]
    public string RetrievalCsvCaptionKey { get; init; } = "title";

    [Flag("dataset-size", DataGroup, "use only the first N rows of a training CSV")]
    public int? DatasetSize { get; init; }

    [Flag("episode-size", DataGroup, "samples per epoch, drawn with replacement from the whole set; 0: every sample once")]
    public int EpisodeSize { get; init; }

    // Itra's own. The original stops in a loader process; here the choice is the user's, and what was skipped is recorded.
    [Flag("skip-broken", DataGroup, "leave out images that cannot be read, count and record them, instead of failing")]
    public bool SkipBroken { get; init; }

    [Flag("workers", DataGroup, "threads that decode images")]
    public int Workers { get; init; } = 8;

    [Flag("image-model", ModelGroup, "architecture of the image tower (RN50, ViT-B-32, ... or a model_config.json)")]
    public string ImageModel { get; init; } = "";

    // The original demands the builders; there is only one here, so it is the default.
    [Flag("image-model-builder", ModelGroup, "openclip")]
    public string ImageModelBuilder { get; init; } = "openclip";

    [Flag("image-model-tag", ModelGroup, "openai, or a weight file, for --pretrained-image-model")]
    public string ImageModelTag { get; init; } = "openai";

    [Flag("pretrained-image-model", ModelGroup, "start the image tower from the weights that the tag names")]
    public bool PretrainedImageModel { get; init; }

    [Flag("text-model", ModelGroup, "architecture of the text tower")]
    public string TextModel { get; init; } = "";

    [Flag("text-model-builder", ModelGroup, "openclip")]
    public string TextModelBuilder { get; init; } = "openclip";

    [Flag("text-model-tag", ModelGroup, "openai, or a weight file, for --pretrained-text-model")]
    public string TextModelTag { get; init; } = "openai";

    [Flag("pretrained-text-model", ModelGroup, "start the text tower from the weights that the tag names")]
    public bool PretrainedTextModel { get; init; }

    [Flag("image-head-n-layers", ModelGroup, "layers of a projection head on the image tower; 0: none")]
    public int ImageHeadNLayers { get; init; }

    [Flag("text-head-n-layers", ModelGroup, "layers of a projection head on the text tower; 0: none")]
    public int TextHeadNLayers { get; init; }

    [Flag("joint-projection-dim", ModelGroup, "output size of the projection heads")]
    public int JointProjectionDim { get; init; } = -1;

    // The original downloads to cache/weights by itself; Itra's own library is for all folders.
    [Flag("cache-dir", ModelGroup, "folder of the original's weight files (open_clip/RN50.pt), for the tag openai; absent: the model library")]
    public string? CacheDir { get; init; }

    // Off in the original for weights that are not OpenAI's, where it silently degrades a fine-tuned OpenAI model: here OpenAI's architectures always use it.
    [Flag("force-quick-gelu", ModelGroup, "QuickGELU also where a model_config.json says GELU")]
    public bool ForceQuickGelu { get; init; }

    [Flag("prompt", ModelGroup, "learn prompt vectors in front of every caption")]
    public bool Prompt { get; init; }

    [Flag("n-prompt", ModelGroup, "number of prompt vectors")]
    public int NPrompt { get; init; } = 4;

    // The original reads the feature n positions before the end of text. Right by default; the fixtures and old runs need the other.
    [Flag("prompt-original-position", ModelGroup, "read the text feature where the original did, n tokens before the end of text")]
    public bool PromptOriginalPosition { get; init; }

    [Flag("vocabulary", ModelGroup, "BPE vocabulary: a name in the model library or a file")]
    public string Vocabulary { get; init; } = "bpe_simple_vocab_16e6";

    [Flag("resume", ResumeGroup, "a recorded run to go on with, a checkpoint to start from, ours or the original's, or bare weights")]
    public string? Resume { get; init; }

    [Flag("restart", ResumeGroup, "with --resume: count epochs from 0 again")]
    public bool Restart { get; init; }

    // Itra's own. The original goes on silently whatever does not fit.
    [Flag("resume-partial", ResumeGroup, "with --resume: take what fits, and warn about the rest instead of refusing")]
    public bool ResumePartial { get; init; }

    [Flag("lock-image-model", LockGroup, "freeze the image tower (batch norm then uses running statistics)")]
    public bool LockImageModel { get; init; }

    [Flag("lock-text-model", LockGroup, "freeze the text tower")]
    public bool LockTextModel { get; init; }

    [Flag("lock-image-partial", LockGroup, "comma list: parts to freeze, or with ! parts of a frozen tower to train")]
    public string LockImagePartial { get; init; } = "";

    [Flag("lock-text-partial", LockGroup, "the same for the text tower")]
    public string LockTextPartial { get; init; } = "";

    [Flag("loss", TrainGroup, "InfoNCE")]
    public string Loss { get; init; } = "InfoNCE";

    [Flag("w-align", TrainGroup, "factor on the loss")]
    public double WAlign { get; init; } = 1;

    [Flag("epochs", TrainGroup, "passes over the training set")]
    public int Epochs { get; init; } = 32;

    [Flag("batch-size", TrainGroup, "pairs per device and step")]
    public int BatchSize { get; init; } = 64;

    [Flag("lr", TrainGroup, "peak learning rate")]
    public double Lr { get; init; } = 5e-4;

    [Flag("warmup", TrainGroup, "steps over which the learning rate rises")]
    public int Warmup { get; init; }

    [Flag("weight_decay", TrainGroup, "decoupled weight decay")]
    public double WeightDecay { get; init; } = 0.05;

    [Flag("max-grad-norm", TrainGroup, "largest global L2 norm of the gradient")]
    public double MaxGradNorm { get; init; } = 1e16;

    [Flag("opt", TrainGroup, "adamw, adam, sgd (Nesterov) or momentum")]
    public string Opt { get; init; } = "adamw";

    [Flag("opt_eps", TrainGroup, "AdamW's epsilon")]
    public double OptEps { get; init; } = 1e-8;

    [Flag("opt_betas", TrainGroup, "AdamW's two betas")]
    public double[] OptBetas { get; init; } = [0.9, 0.999];

    [Flag("momentum", TrainGroup, "SGD's momentum")]
    public double Momentum { get; init; } = 0.9;

    [Flag("layer_decay_image", TrainGroup, "factor on the learning rate per layer of the image tower, from the top; 1: off")]
    public double LayerDecayImage { get; init; } = 1;

    [Flag("layer_decay_text", TrainGroup, "the same for the text tower")]
    public double LayerDecayText { get; init; } = 1;

    [Flag("backbone_decay", TrainGroup, "extra factor on all layers but the last, with layer decay")]
    public double BackboneDecay { get; init; } = 1;

    [Flag("model_ema", TrainGroup, "keep an exponential moving average of the weights, and evaluate it")]
    public bool ModelEma { get; init; }

    [Flag("model_ema_decay", TrainGroup, "decay of that average")]
    public double ModelEmaDecay { get; init; } = 0.9999;

    // The original's default is amp, whose autocast does nothing without CUDA: on a CPU that is fp32.
    [Flag("precision", TrainGroup, "fp32; amp: bf16 on a CPU, fp16 with a scaled loss on a GPU; or amp_bf16")]
    public string Precision { get; init; } = "fp32";

    // Not in the original, which has eight devices: open_clip's names for the same two ways out of a memory that is too small.
    [Flag("accum-freq", TrainGroup, "batches per optimizer update; the loss contrasts all their pairs at once")]
    public int AccumFreq { get; init; } = 1;

    // Itra's own, after Gao et al. 2021.
    [Flag("grad-cache", TrainGroup, "pairs whose activations are kept at a time; the loss and its gradient are those of the whole batch; 0: all")]
    public int GradCache { get; init; }

    [Flag("use-bn-sync", TrainGroup, "batch norm by the statistics of all devices' batches")]
    public bool UseBnSync { get; init; }

    // Itra's own: the guide's recipes were made with 32 images per device.
    [Flag("ghost-batch-norm", TrainGroup, "batch norm by groups of so many images, as small devices would; the first group moves the running statistics; 0: off")]
    public int GhostBatchNorm { get; init; }

    // The gradient is exact by default. These reproduce the original's, whose clipping acts on a share of it.
    [Flag("original-gather", TrainGroup, "scale the towers' gradient as the original does across devices: 1/W, or as the next two say")]
    public bool OriginalGather { get; init; }

    [Flag("gather-with-grad", TrainGroup, "with --original-gather: the exact gradient, which is also the one without it")]
    public bool GatherWithGrad { get; init; }

    [Flag("local-loss", TrainGroup, "with --original-gather alone: the towers get no gradient at all, as in the original")]
    public bool LocalLoss { get; init; }

    [Flag("grad-checkpointing", TrainGroup, "keep only the blocks' inputs for backward and compute the rest again")]
    public bool GradCheckpointing { get; init; }

    // Itra's own.
    [Flag("cache-frozen", TrainGroup, "compute the features of a wholly frozen tower once; a frozen image tower then sees centre crops instead of random ones")]
    public bool CacheFrozen { get; init; }

    [Flag("seed", TrainGroup, "of everything random")]
    public int Seed { get; init; }

    [Flag("retrieval-frequency", EvalGroup, "evaluate retrieval every N epochs and after the last; 0: never")]
    public int RetrievalFrequency { get; init; }

    [Flag("zeroshot-frequency", EvalGroup, "classify images by prompts every N epochs and after the last; 0: never")]
    public int ZeroshotFrequency { get; init; }

    // Itra's own: the original knows no set but ImageNet, from a private server.
    [Flag("zeroshot-data", EvalGroup, "comma list of ImageNet, CIFAR10, CIFAR100, MNIST, STL10 or folders with a folder per class; absent: all that are below --datasets-dir")]
    public string? ZeroshotData { get; init; }

    // The original averages templates before it normalises them, unlike CLIP. Right by default; old runs need the other.
    [Flag("zeroshot-original-average", EvalGroup, "average the templates of a class without normalising each first, as the original did")]
    public bool ZeroshotOriginalAverage { get; init; }

    [Flag("linear-frequency", EvalGroup, "train a linear classifier and vote among neighbours on the image tower's features, every N epochs; 0: never")]
    public int LinearFrequency { get; init; }

    // Itra's own: the original knows CIFAR10 alone.
    [Flag("linear-data", EvalGroup, "comma list of sets with a training and a test part for that")]
    public string LinearData { get; init; } = "CIFAR10";

    [Flag("linear-prob-mode", EvalGroup, "pytorch (100 epochs of SGD) or sklearn (logistic regression by L-BFGS)")]
    public string LinearProbMode { get; init; } = "pytorch";

    [Flag("C", EvalGroup, "inverse strength of the logistic regression's weight penalty")]
    public double C { get; init; } = 3.16;

    [Flag("eval-first", EvalGroup, "evaluate once before training")]
    public bool EvalFirst { get; init; }

    [Flag("eval-with-wise-ft", EvalGroup, "evaluate (1-X) of the initial and X of the trained weights; 1: the trained ones")]
    public double EvalWithWiseFt { get; init; } = 1;

    [Flag("save-frequency", FilesGroup, "keep epoch_N.pt every N epochs; the last one is always kept")]
    public int SaveFrequency { get; init; } = 1;

    // Itra's own. An epoch of the guide takes hours on a CPU.
    [Flag("checkpoint-every", FilesGroup, "keep a checkpoint every N-steps or N-minutes within an epoch, too; absent: only when stopped")]
    public string CheckpointEvery { get; init; } = "";

    [Flag("logs", FilesGroup, "folder of the experiment's files; none: keep no files")]
    public string Logs { get; init; } = "./logs/";

    [Flag("name", FilesGroup, "name of the run and of its folder below --logs")]
    public string? Name { get; init; }

    [Flag("report-to", FilesGroup, "tensorboard, or nothing")]
    public string ReportTo { get; init; } = "";

    [Flag("threads", MoreGroup, "threads a tensor operation may use; 0: one per core")]
    public int Threads { get; init; }

    [Flag("device", MoreGroup, "cpu, cuda, or auto: a GPU where there is one")]
    public string Device { get; init; } = DeviceChoice.Auto;

    [Flag("tf32", MoreGroup, "on GPUs, what is multiplied in TF32: conv (convolutions alone, PyTorch's default), all or none")]
    public string Tf32 { get; init; } = GpuArithmetic.Convolutions;

    [Flag("deterministic", MoreGroup, "on GPUs, only algorithms that repeat to the bit; a CPU's always do")]
    public bool Deterministic { get; init; }

    [Flag("nproc_per_node", MoreGroup, "devices of each machine that train together, a replica of the model on each")]
    public int NprocPerNode { get; init; } = 1;

    [Flag("nnodes", MoreGroup, "processes that train together, each with so many devices; a launcher's variables set it")]
    public int Nnodes { get; init; } = 1;

    /// <summary>All flags, in the order of declaration.</summary>
    public static IReadOnlyList<Flag> Flags { get; } = [.. typeof(ClipConfig).GetProperties()
        .Select(property => (property, flag: property.GetCustomAttribute<FlagAttribute>()))
        .Where(p => p.flag is not null)
        .Select(p => new Flag(p.flag!.Name, p.flag.Name.Replace('-', '_'),
            Nullable.GetUnderlyingType(p.property.PropertyType) ?? p.property.PropertyType,
            Flag.Write(p.property.GetValue(Defaults)), p.flag.Group, p.flag.Help) { Property = p.property })];

    private static ClipConfig Defaults => new();

    /// <summary>The record that the given settings and the defaults make.</summary>
    /// <param name="byKey">Values by underscored name; what is absent keeps its default.</param>
    /// <exception cref="UserErrorException">An unknown key, a value of the wrong type, or settings that contradict each other.</exception>
    public static ClipConfig Parse(IReadOnlyDictionary<string, string> byKey)
    {
        var config = Read(byKey);
        ClipConfigRules.Check(config);
        return config;
    }

    /// <summary>The same, however little sense the settings make together: for showing them.</summary>
    /// <exception cref="UserErrorException">An unknown key, or a value of the wrong type.</exception>
    public static ClipConfig Read(IReadOnlyDictionary<string, string> byKey)
    {
        var config = new ClipConfig();
        foreach (var (key, text) in byKey)
        {
            var flag = Flags.FirstOrDefault(f => f.Key == key) ?? throw new UserErrorException(
                $"there is no setting '{key}'; the nearest one is '{Nearest.To(key, Flags.Select(f => f.Key))}'");
            // An init-only property is set like any other through reflection; the record is not shared yet.
            if (flag.Read(text) is { } value) flag.Property.SetValue(config, value);
        }
        return config;
    }

    /// <summary>Every setting as invariant text, by underscored name: what a run's spec carries.</summary>
    public IReadOnlyDictionary<string, string> ToDictionary() => Flags.ToDictionary(f => f.Key, f => Flag.Write(f.Property.GetValue(this)));
}
