namespace Itra.Trainer.Clip;

/// <summary>Which parameters train, by name. Source: ITRA's rule, in which keywords are substrings of the name within the tower.</summary>
internal sealed class Locking
{
    private readonly Tower image, text;

    public Locking(ClipConfig config)
    {
        image = new Tower(ClipModel.ImagePrefix + ".", config.LockImageModel, config.LockImagePartial);
        text = new Tower(ClipModel.TextPrefix + ".", config.LockTextModel, config.LockTextPartial);
        // The prompt's gradient flows through the text tower, so that the tower cannot run without one.
        TextNeedsGradient = config.Prompt || text.NeedsGradient;
    }

    /// <summary>False if the image tower runs without gradients.</summary>
    public bool ImageNeedsGradient => image.NeedsGradient;

    public bool TextNeedsGradient { get; }

    /// <summary>A locked image tower uses running statistics throughout, also where parts of it train.</summary>
    public bool ImageBatchStatistics => !image.IsLocked;

    public bool IsTrainable(string name) =>
        name.StartsWith(image.Prefix, StringComparison.Ordinal) ? image.IsTrainable(name)
        : !name.StartsWith(text.Prefix, StringComparison.Ordinal) || text.IsTrainable(name);

    private sealed class Tower(string prefix, bool locked, string partial)
    {
        // A keyword that is empty after its '!' is dropped matches every name, as in the original; an empty option has no keywords.
        private readonly string[] keywords = partial.Length == 0 ? [] :
            [.. partial.Split(',').Where(k => k.Contains('!') == locked).Select(k => k.Replace("!", ""))];

        public string Prefix => prefix;

        public bool IsLocked => locked;

        public bool NeedsGradient => !locked || keywords.Length > 0;

        public bool IsTrainable(string name)
        {
            var inTower = name[prefix.Length..];
            return keywords.Any(k => inTower.Contains(k, StringComparison.Ordinal)) == locked;
        }
    }
}
