namespace Itra.Cli.Arguments;

/// <summary>Every flag of the original program that is no setting of Itra: it changes nothing here, or is refused by name.</summary>
internal static class OriginalFlags
{
    private const string OneProcess = "devices of one machine are threads of one process", OtherLoss = "it belongs to a loss other than InfoNCE, which is the only one here", PrivateStorage = "its storage service is private",
        OtherBuilder = "it is for models of other builders than openclip";

    public static readonly IReadOnlyList<OriginalFlag> All =
    [
        Idle(TrainSettings.LogLocal, "it gives processes that follow process 0 a log of their own, and process 0 has one anyway"),
        Idle("debug", "everything is logged anyway"),
        Idle("copy-codebase", "a run always records its commit and every change to it"),
        Idle("save-most-recent", "epoch_latest.pt is always written, there as here", @default: FlagParser.SwitchedOn),
        Idle("model_ema_force_cpu", "the average is kept where the weights are, which is the CPU"),
        Idle("ddp-static-graph", OneProcess), Idle("find-unused-parameters", OneProcess), Idle("no-set-device-rank", OneProcess),
        Idle("dist-url", OneProcess, FlagArity.One), Idle("dist-backend", OneProcess, FlagArity.One),
        Idle("beta1", "the optimizer takes --opt_betas, there as here", FlagArity.One), Idle("beta2", "the optimizer takes --opt_betas, there as here", FlagArity.One),
        Idle("eps", "the optimizer takes --opt_eps, there as here", FlagArity.One),
        Idle("wandb-notes", "the original does not use it either", FlagArity.One),

        Refused("logit-scale", OtherBuilder + ": CLIP's text towers have a temperature of their own", "0.07"),
        Refused("image-resolution", OtherBuilder + ": an openclip model has one size of image", "224"),
        Refused("max-seq-length", OtherBuilder + ": an openclip model has one length of text", "77"),
        Refused("text-pooler", OtherBuilder + ": CLIP reads its text at the end-of-text token", "cls"),
        Refused("adapter", "Hugging Face adapters are not part of Itra", "none"),
        Refused("augmentation", OtherBuilder + ", and even there the original ignores it", "none"),
        Refused("cache-teacher", "writing text features for a teacher was never finished in the original, and is not part of Itra", ""),
        Refused("w-simcse", "a text-to-text loss beside InfoNCE is not part of Itra", "0"),
        Refused("w-rkd-d", OtherLoss, "0.5"), Refused("w-rkd-a", OtherLoss, "1.0"), Refused("dino-teacher-temp", OtherLoss, "0.04"),
        Refused("w-distill", "it is called --w-align now", "1"),
        Refused("clip_grad", "the original never used it: say --max-grad-norm", ""),
        Refused("weight_decay_end", "the original never used it: weight decay is constant", ""),
        Refused("nlp-eval-frequency", "evaluating sentence similarity is not part of Itra", "0"),
        Refused("visualize-frequency", "the original never used it", "-1"),
        Refused("torchscript", "TorchScript is not part of Itra"), Refused("trace", "TorchScript is not part of Itra"),
        Refused("horovod", "Horovod is not part of Itra: " + OneProcess),
        Refused("teacher", "InfoNCE treats both towers alike, so that neither is a teacher", "text"),
        Refused("BYOL", "a momentum teacher is not part of Itra"),
        Refused("nori-dataset", PrivateStorage), Refused("retrieval-nori-dataset", PrivateStorage),
        Refused("skip-scheduler", "the learning rate always follows warm-up and cosine: for a run that hardly bends it, give more --epochs than you train"),
    ];

    /// <summary>What the original's start-up code adds to params.yml; each run works it out anew.</summary>
    public static readonly IReadOnlySet<string> RunTime = new HashSet<string>(
    [
        "distributed", "local_rank", "rank", "world_size", "log_path", "log_level", "device", "wandb", "tensorboard", "tensorboard_path", "checkpoint_path",
        "cache_path", "save_logs", "text_width", "text_dim", "image_dim", "episodic_training", "config_yaml",
    ]);

    /// <summary>Whether the original wrote a value of one of our settings by itself: the device that a process had, and no choice.</summary>
    public static bool IsRunTime(string key, string value) => key == "device" && value.StartsWith("cuda:", StringComparison.Ordinal);

    private static OriginalFlag Idle(string name, string because, FlagArity arity = FlagArity.Switch, string @default = "") => new(name, arity, because, IsRefused: false, @default);

    private static OriginalFlag Refused(string name, string because) => new(name, FlagArity.Switch, because, IsRefused: true, "");

    private static OriginalFlag Refused(string name, string because, string @default) => new(name, FlagArity.One, because, IsRefused: true, @default);
}
