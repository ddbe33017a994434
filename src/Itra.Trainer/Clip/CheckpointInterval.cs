using System.Globalization;
using System.Text.RegularExpressions;
using Itra.Domain;

namespace Itra.Trainer.Clip;

/// <summary>How often a checkpoint is written within an epoch: what <c>--checkpoint-every</c> says.</summary>
/// <param name="Steps">Optimizer updates from one to the next; 0 if time decides.</param>
/// <param name="Time">From one to the next; null if steps decide.</param>
internal sealed partial record CheckpointInterval(long Steps, TimeSpan? Time)
{
    /// <exception cref="UserErrorException">The text says neither steps nor minutes.</exception>
    public static CheckpointInterval Parse(string text)
    {
        var match = Form().Match(text);
        return !match.Success || !int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0
            ? throw new UserErrorException($"--checkpoint-every takes a number of steps or minutes, such as 100-steps or 15-minutes, not '{text}'")
            : match.Groups[2].Value == "step" ? new CheckpointInterval(number, null) : new CheckpointInterval(0, TimeSpan.FromMinutes(number));
    }

    /// <param name="updates">Optimizer updates so far.</param>
    /// <param name="sinceLast">Time since the last checkpoint.</param>
    public bool IsDue(long updates, TimeSpan sinceLast) => Time is { } time ? sinceLast >= time : updates % Steps == 0;

    [GeneratedRegex(@"^([0-9]+)-?(step|minute)s?$")]
    private static partial Regex Form();
}
