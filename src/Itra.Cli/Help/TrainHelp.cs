using Itra.Trainer.Clip;

namespace Itra.Cli.Help;

/// <summary>What <c>itra train --help</c> prints: all flags with their defaults, group by group.</summary>
internal static class TrainHelp
{
    private const int NameWidth = 36;

    public static string Write(IReadOnlyList<Flag> flags)
    {
        List<string> lines =
        [
            "Trains a CLIP, or evaluates one if --train-data is absent, and records all of it as a run.",
            "Usage: itra train FLAGS",
            "",
            "  itra train --train-data mscoco_captions --retrieval-data mscoco_captions --retrieval-frequency 1 \\",
            "    --datasets-dir DIR --epochs 10 --batch-size 32 --lr 1e-5 --warmup 100 --weight_decay 0.5 --max-grad-norm 5 \\",
            "    --image-model RN50 --text-model RN50 --pretrained-image-model --pretrained-text-model --name baseline",
        ];
        foreach (var group in flags.GroupBy(f => f.Group))
        {
            lines.AddRange(["", group.Key]);
            lines.AddRange(group.Select(f => $"  {Syntax(f).PadRight(NameWidth)} {f.Help}{Default(f)}"));
        }
        lines.AddRange(
        [
            "",
            "Recording",
            $"  {"--experiment TEXT".PadRight(NameWidth)} the question this run belongs to [last part of --logs]",
            $"  {"--trainer TEXT".PadRight(NameWidth)} which trainer reads the flags [clip]",
            $"  {"--config-yaml FILE".PadRight(NameWidth)} settings from params.yml of an earlier run; what stands on the command line wins",
            $"  {"--offline".PadRight(NameWidth)} record in the run's folder only; `itra sync` ships it to the store later",
            $"  {"--print-config".PadRight(NameWidth)} only show every setting and where it comes from",
            $"  {"--json".PadRight(NameWidth)} how it ended, or the settings, as JSON; progress goes to stderr",
            "",
            "Flags of the original program that are not above change nothing here, which is said, or are refused with the reason.",
            "Flags may be written with hyphens or underscores, as --flag value or --flag=value, and shortened while unambiguous.",
            "Ctrl-C writes a checkpoint and ends the run as cancelled; a second one quits at once.",
            "Exit codes: 0 completed, 1 failed, 2 wrong flags (nothing is recorded), 130 cancelled.",
            "",
        ]);
        return string.Join(Environment.NewLine, lines);
    }

    private static string Syntax(Flag f) => $"--{f.Name}" + f.Type switch
    {
        _ when f.Type == typeof(bool) => "",
        _ when f.Type == typeof(int) => " N",
        _ when f.Type == typeof(double) => " X",
        _ when f.Type == typeof(double[]) => " X X",
        _ => " TEXT",
    };

    private static string Default(Flag f) => f.Type == typeof(bool) || f.Default.Length == 0 ? "" : $" [{f.Default.Replace("\t", "\\t")}]";
}
