using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Commands;

internal static class ModelsParamsCommand
{
    private const string Usage = "models params NAME [flags of `itra train` that freeze parts or add heads] [--json]";

    public static Command Create(Session session)
    {
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("params", "Counts a model's parameters, with locks and heads applied.") { words };
        command.SetAction(parsed => Run(session, parsed.GetValue(words) ?? []));
        return command;
    }

    private static int Run(Session session, string[] words)
    {
        if (words.Any(w => w is "--help" or "-h"))
        {
            session.Terminal.Out.WriteLine($"Usage: itra {Usage}");
            return ExitCode.Done;
        }
        if (words is not [[not '-', ..] name, .. var rest]) throw new UserErrorException($"which model? itra {Usage}");

        var asked = TrainSettings.Read(rest);
        var settings = asked.Values.ToDictionary();
        // A configuration has to be for something; counting needs no data.
        foreach (var (key, value) in new[] { ("image_model", name), ("text_model", name), ("train_data", "none") }) settings.TryAdd(key, value);
        var parameters = ModelParameters.Of(ClipConfig.Parse(settings));

        var answer = new Answer(session.Terminal, asked.Has(TrainSettings.Json));
        foreach (var remark in parameters.Remarks.Concat(asked.Notices)) session.Terminal.Error.WriteLine($"itra: {remark}");
        if (answer.IsJson) answer.Json(parameters);
        else answer.Rows(parameters.Tensors, "", TensorColumns);
        if (!answer.IsForPeople) return ExitCode.Done;
        answer.Rows(Summary(parameters), "", SummaryColumns);
        session.Terminal.Out.WriteLine(Running(parameters));
        return ExitCode.Done;
    }

    private static string Running(ModelParameters p) =>
        $"The image tower runs {Gradient(p.ImageGradient)}, the text tower {Gradient(p.TextGradient)}."
        + (p.BatchStatistics is { } batch ? $" Batch norm uses {(batch ? "the batch's statistics, and keeps them" : "the statistics it has")}." : "");

    private static string Gradient(bool has) => has ? "with gradient" : "without gradient";

    private sealed record Part(string Name, long Total, long Trainable);

    private static List<Part> Summary(ModelParameters p) =>
    [
        new("image tower", p.Image.Total, p.Image.Trainable), new("text tower", p.Text.Total, p.Text.Trainable),
        new("rest (logit scale, heads, prompt)", p.Total - p.Image.Total - p.Text.Total, p.Trainable - p.Image.Trainable - p.Text.Trainable),
        new("all", p.Total, p.Trainable),
    ];

    private static readonly IReadOnlyList<Column<Part>> SummaryColumns =
    [
        new("part", p => p.Name), new("total", p => Form.Count(p.Total), IsNumber: true), new("trainable", p => Form.Count(p.Trainable), IsNumber: true),
        new("%", p => p.Total == 0 ? "" : $"{100.0 * p.Trainable / p.Total:F1}", IsNumber: true),
    ];

    private static readonly IReadOnlyList<Column<ModelParameter>> TensorColumns =
    [
        new("name", t => t.Name), new("shape", t => string.Join('x', t.Shape)), new("trainable", t => t.Trainable ? "true" : "false"), new("group", t => t.Group ?? ""),
    ];
}
