using Itra.Trainer.Clip;

namespace Itra.Cli.Ablations;

/// <summary>Parts what two runs differ in into changes that make sense one by one.</summary>
internal static class Changes
{
    // Settings that say one thing together.
    private static readonly string[][] Together =
    [
        ["train_data", "images_dir", "csv_separator", "csv_img_key", "csv_caption_key", "dataset_size"],
        ["retrieval_data", "retrieval_images_dir", "retrieval_csv_separator", "retrieval_csv_img_key", "retrieval_csv_caption_key"],
        ["image_model", "text_model", "image_model_tag", "text_model_tag", "pretrained_image_model", "pretrained_text_model", "force_quick_gelu"],
        ["image_head_n_layers", "text_head_n_layers", "joint_projection_dim"],
        ["prompt", "n_prompt", "prompt_original_position"],
        ["resume", "restart", "resume_partial"],
        ["lock_image_model", "lock_image_partial"],
        ["lock_text_model", "lock_text_partial"],
        ["batch_size", "accum_freq"],
        ["opt", "opt_eps", "opt_betas", "momentum"],
        ["layer_decay_image", "layer_decay_text", "backbone_decay"],
        ["model_ema", "model_ema_decay"],
        ["linear_prob_mode", "C"],
    ];

    /// <param name="from">Every setting of the run that is started from.</param>
    /// <param name="to">Those that are to become others.</param>
    /// <param name="isSound">Whether settings make sense together.</param>
    /// <returns>In the order of <c>itra train --help</c>. A change that would be refused alone is joined with what it needs.</returns>
    public static IReadOnlyList<Change> Of(IReadOnlyDictionary<string, string> from, IReadOnlyDictionary<string, string> to, Func<IReadOnlyDictionary<string, string>, bool> isSound)
    {
        var order = ClipConfig.Flags.Select(f => f.Key).ToList();
        var changes = to.Keys.OrderBy(order.IndexOf).GroupBy(key => Array.Find(Together, t => t.Contains(key))?[0] ?? key)
            .Select(g => new Change(g.ToDictionary(key => key, key => from[key]), g.ToDictionary(key => key, key => to[key]))).ToList();
        for (var i = 0; i < changes.Count; i++)
        {
            bool Sound(Change change) => isSound(Change.Joined(from, change.Settings));
            if (changes.Count == 1 || Sound(changes[i])) continue;
            var partner = changes.FirstOrDefault(other => other != changes[i] && Sound(changes[i].With(other))) ?? changes.First(other => other != changes[i]);
            changes[i] = changes[i].With(partner);
            changes.Remove(partner);
            // From the start: what was joined may still lack something.
            i = -1;
        }
        return changes;
    }
}
