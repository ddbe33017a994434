namespace Itra.Cli.Arguments;

/// <summary>Names that the original program writes to params.yml and that Itra has no setting for.</summary>
internal static class OriginalSettings
{
    // What its start-up code works out; each run does so anew.
    private static readonly string[] RunTime =
    [
        "distributed", "local_rank", "rank", "world_size", "log_path", "log_level", "device", "wandb", "tensorboard", "tensorboard_path", "checkpoint_path",
        "cache_path", "save_logs", "text_width", "text_dim", "image_dim", "episodic_training", "config_yaml", "cache_dir", "save_most_recent",
        "dist_url", "dist_backend", "augmentation", "logit_scale", "image_resolution", "max_seq_length", "text_pooler", "teacher", "trace", "wandb_notes",
        "linear_prob_mode", "C", "visualize_frequency", "clip_grad", "weight_decay_end", "beta1", "beta2", "eps", "dino_teacher_temp", "w_rkd_d", "w_rkd_a",
        "w_align", "w_distill",
    ];

    private static readonly string[] Features =
    [
        "zeroshot_frequency", "linear_frequency", "nlp_eval_frequency", "adapter", "cache_teacher", "w_simcse", "log_local", "debug", "copy_codebase",
        "model_ema_force_cpu", "use_bn_sync", "local_loss", "gather_with_grad", "torchscript", "horovod", "ddp_static_graph", "find_unused_parameters",
        "no_set_device_rank", "BYOL", "nori_dataset", "retrieval_nori_dataset", "skip_scheduler", "eval_with_wise_ft", "resume", "restart",
    ];

    public static readonly IReadOnlySet<string> Known = new HashSet<string>([.. RunTime, .. Features]);

    /// <summary>True if leaving the setting out changes what the run does.</summary>
    public static bool IsSwitchedOn(string key, string value) => Features.Contains(key) && value is not ("" or "false" or "0" or "0.0");
}
