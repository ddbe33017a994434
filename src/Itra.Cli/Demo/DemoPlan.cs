namespace Itra.Cli.Demo;

/// <summary>One training of the demo, as a command line that anyone could type.</summary>
internal sealed record DemoStage(string Title, IReadOnlyList<string> Words);

/// <summary>
/// Pre-training on bright pictures, then two ways to fine-tune on dark ones that are told in other words. All three are evaluated
/// on the same dark pictures, which nobody trains on.
/// </summary>
internal static class DemoPlan
{
    public const string Experiment = "demo";

    /// <summary>The set of bright pictures.</summary>
    public const string Bright = "mscoco_captions_2014";

    /// <param name="logs">Where the runs' folders go.</param>
    public static DemoStage PreTraining(DemoWorld world, string logs) => new("pre-training on bright pictures",
    [
        .. Common(world, logs), "--train-data", Bright, "--retrieval-frequency", "7", "--epochs", "7", "--lr", "2e-3", "--name", "pretrained-by-day",
    ]);

    /// <param name="weights">Checkpoint of the pre-training.</param>
    public static IReadOnlyList<DemoStage> FineTunings(DemoWorld world, string logs, string weights)
    {
        string[] OnDarkPictures(int devices) =>
        [
            .. Common(world, logs, devices), "--train-data", "mscoco_captions", "--retrieval-frequency", "1", "--epochs", "5", "--lr", "1e-3",
            "--pretrained-image-model", "--image-model-tag", weights, "--pretrained-text-model", "--text-model-tag", weights,
        ];
        return
        [
            // Of the same batches, seen as one: that they are shared shows in nothing but the time it takes.
            new("fine-tuning all of it on dark pictures, on two devices", [.. OnDarkPictures(devices: 2), "--use-bn-sync", "--name", "finetuned-all"]),
            new("fine-tuning the text tower and the upper half of the image tower on dark pictures",
                [.. OnDarkPictures(devices: 1), "--lock-image-model", "--lock-image-partial", "!attnpool,!layer4,!layer3", "--name", "finetuned-partly"]),
        ];
    }

    private static string[] Common(DemoWorld world, string logs, int devices = 1) =>
    [
        "--datasets-dir", world.Datasets, "--retrieval-data", "mscoco_captions", "--vocabulary", world.Vocabulary,
        "--image-model", world.Model, "--text-model", world.Model, "--batch-size", $"{128 / devices}", "--nproc_per_node", $"{devices}", "--workers", "2", "--warmup", "30", "--weight_decay", "0.1",
        "--max-grad-norm", "5", "--save-frequency", "0", "--report-to", "tensorboard", "--logs", logs, "--seed", "1",
    ];
}
