using Itra.Cli.Arguments;
using Itra.Trainer.Clip;

namespace Itra.Cli.Output;

/// <summary>Every setting of a training with where it comes from: <c>itra train --print-config</c>.</summary>
internal static class ConfigPage
{
    private sealed record Row(string Setting, string Value, string From);

    private static readonly IReadOnlyList<Column<Row>> Columns =
    [
        new("setting", s => s.Setting), new("value", s => s.Value.Replace("\t", "\\t")) { Shrinks = true }, new("from", s => s.From),
    ];

    public static void Write(TrainSettings settings, Answer answer)
    {
        var values = ClipConfig.Read(settings.Values).ToDictionary();
        answer.Rows([.. ClipConfig.Flags.Select(f => new Row(f.Key, values[f.Key], settings.Origin(f.Key)))], "", Columns);
    }
}
