using Itra.Domain;

namespace Itra.Trainer.Clip;

/// <summary>What a configuration must satisfy before anything is recorded or trained.</summary>
internal static class ClipConfigRules
{
    public static void Check(ClipConfig c)
    {
        Require(c.ImageModel.Length > 0, "--image-model is missing: name an architecture, for example --image-model RN50");
        Require(c.TextModel.Length > 0, "--text-model is missing: name an architecture, for example --text-model RN50");
        Require(c.ImageModelBuilder == "openclip", $"--image-model-builder {c.ImageModelBuilder} is not built here: use openclip");
        Require(c.TextModelBuilder == "openclip", $"--text-model-builder {c.TextModelBuilder} is not built here: use openclip");
        Require(c.Loss == "InfoNCE", $"--loss {c.Loss} is not built here: use InfoNCE");
        Require(c.WAlign > 0, "--w-align must be above 0: there is no other loss that could train instead");
        Require(c.Opt is "adamw" or "adam" or "sgd" or "nesterov" or "momentum", $"--opt {c.Opt} is not built here: use adamw, adam, sgd (the same as nesterov) or momentum");
        Require(c.Precision != "fp16", "--precision fp16: weights in half precision become not-a-number under AdamW, whose epsilon they cannot hold; use amp, which keeps them whole, or fp32");
        Require(c.Precision is "fp32" or "amp" or "amp_bf16", $"--precision {c.Precision} is not built here: use fp32, amp or amp_bf16");
        Require(c.ReportTo is "" or "tensorboard", $"--report-to {c.ReportTo} is not built here: use tensorboard");
        Require(c.AccumFreq > 0, "--accum-freq must be at least 1");
        Require(c.GradCache >= 0, "--grad-cache must be at least 1 pair, or 0 for all");
        Require(c.GhostBatchNorm >= 0, "--ghost-batch-norm must be at least 1 image, or 0 for none");
        Require(!(c.GhostBatchNorm > 0 && c.UseBnSync), "--ghost-batch-norm makes batch norm's groups smaller and --use-bn-sync larger: leave one of them out");
        Require(c.OriginalGather || !c.LocalLoss || c.GatherWithGrad, "--local-loss alone gives the towers no gradient in the original, which is hardly meant: leave it out, or add --original-gather to have that");
        Require(c.Device is "auto" or "cpu" or "cuda", $"--device {c.Device} is not known: use auto, cpu or cuda");
        Require(c.Tf32 is "conv" or "all" or "none", $"--tf32 {c.Tf32} is not known: use conv, all or none");
        Require(c.NprocPerNode > 0, "--nproc_per_node must be at least 1");
        Require(c.Nnodes > 0, "--nnodes must be at least 1");
        Require((long)c.BatchSize * c.AccumFreq * c.NprocPerNode * c.Nnodes <= int.MaxValue, "--batch-size x --accum-freq x devices is more pairs than there can be");
        Require(!(c.CacheFrozen && c.SkipBroken), "--cache-frozen and --skip-broken do not go together: repair or remove the broken images, or train without --cache-frozen");
        Require(c.BatchSize > 0, "--batch-size must be at least 1");
        Require(c.Epochs > 0, "--epochs must be at least 1");
        Require(c.Lr >= 0, "--lr must not be negative");
        Require(c.WeightDecay >= 0, "--weight_decay must not be negative");
        Require(c.Warmup >= 0, "--warmup must not be negative");
        Require(c.MaxGradNorm > 0, "--max-grad-norm must be above 0");
        Require(c.OptBetas.Length == 2 && c.OptBetas.All(b => b is >= 0 and < 1), "--opt_betas takes two numbers from 0 to below 1, for example --opt_betas 0.9 0.98");
        Require(c.OptEps > 0, "--opt_eps must be above 0");
        Require(c.Momentum is >= 0 and < 1, "--momentum must be from 0 to below 1");
        Require(c.LayerDecayImage is > 0 and <= 1 && c.LayerDecayText is > 0 and <= 1, "--layer_decay_image and --layer_decay_text must be above 0 and at most 1");
        Require(c.ModelEmaDecay is >= 0 and < 1, "--model_ema_decay must be from 0 to below 1");
        Require(c.Workers >= 0, "--workers must not be negative");
        Require(c.Threads >= 0, "--threads must not be negative");
        Require(c.SaveFrequency >= 0 && c.RetrievalFrequency >= 0 && c.ZeroshotFrequency >= 0 && c.LinearFrequency >= 0, "frequencies must not be negative: 0 means never");
        Require(c.DatasetSize is null or > 0, "--dataset-size must be at least 1");
        Require(c.EpisodeSize >= 0, "--episode-size must not be negative");
        Require(!c.Prompt || c.NPrompt > 0, "--n-prompt must be at least 1");
        Require(c.ImageHeadNLayers >= 0 && c.TextHeadNLayers >= 0, "--image-head-n-layers and --text-head-n-layers must not be negative");
        Require(c.ImageHeadNLayers == 0 || c.TextHeadNLayers == 0 || c.JointProjectionDim > 0,
            "with heads on both towers --joint-projection-dim must say their common output size, for example --joint-projection-dim 1024");
        Require(c.JointProjectionDim is -1 or > 0, "--joint-projection-dim must be at least 1, or be left out");
        Require(c.Resume is not null || !(c.Restart || c.ResumePartial), "--restart and --resume-partial say how to resume: name a checkpoint with --resume, or leave them out");
        Require(c.EvalWithWiseFt is >= 0 and <= 1, "--eval-with-wise-ft must be from 0 (the initial weights) to 1 (the trained ones)");
        Require(c.EvalWithWiseFt == 1 || (c.PretrainedImageModel && c.PretrainedTextModel),
            "--eval-with-wise-ft needs --pretrained-image-model and --pretrained-text-model: there is no sense in mixing with random weights");
        Require(c.EvalWithWiseFt == 1 || (c.ImageHeadNLayers == 0 && c.TextHeadNLayers == 0 && !c.Prompt),
            "--eval-with-wise-ft has no meaning with projection heads or a prompt: they start from random values; leave one of them out");
        Require(c.TrainData is not null || c.RetrievalData is not null || c.ZeroshotData is not null || c.ZeroshotFrequency > 0 || c.LinearFrequency > 0,
            "there is nothing to do: give --train-data, --retrieval-data or both, or --zeroshot-frequency 1 or --linear-frequency 1");
        Require(c.Name is null || !(Path.IsPathRooted(c.Name) || c.Name.Split('/').Contains("..")), $"--name {UntrustedText.Shown(c.Name ?? "")} leads out of --logs: name a folder below it");
        Require(c.Name is null || !UntrustedText.HasTricks(c.Name), $"--name {UntrustedText.Shown(c.Name ?? "")} holds characters that are not seen: leave them out");
        Require(c.LinearProbMode is "pytorch" or "sklearn", $"--linear-prob-mode {c.LinearProbMode} is not built here: use pytorch or sklearn");
        Require(c.C > 0, "--C must be above 0");
        if (c.CheckpointEvery.Length > 0) CheckpointInterval.Parse(c.CheckpointEvery);
        if (c.GhostBatchNorm > 0) CheckGroups(c);
        Require(c.RetrievalFrequency == 0 || c.RetrievalData is not null, "--retrieval-frequency needs --retrieval-data");
    }

    private static void CheckGroups(ClipConfig c)
    {
        // The chunks of a batch, and the smaller one at its end.
        foreach (var images in new[] { c.ImagesAtOnce, c.BatchSize * c.AccumFreq % c.ImagesAtOnce })
        {
            var left = images > c.GhostBatchNorm ? images % c.GhostBatchNorm : 0;
            Require(left == 0, $"--ghost-batch-norm {c.GhostBatchNorm} leaves {left} of {images} images over, which would be a group of other statistics: name a divisor");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new UserErrorException(otherwise);
    }
}
