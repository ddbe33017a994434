using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;

namespace Itra.Cli.Commands;

internal static class DataCheckCommand
{
    private const string Usage = "data check [flags of `itra train` that name data] [--json]";

    // A configuration has to name models; of these only the size of images and the length of captions count here.
    private static readonly string[] AnyModel = ["--image-model", "RN50", "--text-model", "RN50"];

    public static Command Create(Session session)
    {
        var words = new Argument<string[]>("flags") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("check", "Reads data as a training with the same flags would; says what is broken.") { words };
        command.SetAction(parsed => Run(session, parsed.GetValue(words) ?? []));
        return command;
    }

    private static int Run(Session session, string[] words)
    {
        if (words is [] || words.Any(w => w is "--help" or "-h"))
        {
            session.Terminal.Out.WriteLine($"Usage: itra {Usage}");
            return words is [] ? ExitCode.WrongInput : ExitCode.Done;
        }
        string[] flags = [.. words.Where(w => w != "--json")];
        using var interruption = new Interruption(session, () => session.Terminal.Error.WriteLine("stopping"));
        var report = new DataCheck(session.Models, Path.Combine(session.Home, "cache"))
            .Run(Config(flags), new PictureProgress(session.Terminal, session.Clock), interruption.Token);

        var answer = new Answer(session.Terminal, words.Contains("--json"));
        if (answer.IsJson) answer.Json(report);
        else Write(report, answer, session.Terminal);
        return report.Sound ? ExitCode.Done : ExitCode.Failed;
    }

    private static ClipConfig Config(string[] flags)
    {
        var given = TrainSettings.Read(flags).Values;
        return TrainRequest.Read(given.ContainsKey("image_model") || given.ContainsKey("text_model") ? flags : [.. flags, .. AnyModel]).Config;
    }

    private static void Write(DataCheckReport report, Answer answer, Terminal terminal)
    {
        answer.Rows(report.Sets, "", Columns);
        // What is wrong is more than a table: in a pipe it goes where it does not mix with the rows.
        var words = answer.IsForPeople ? terminal.Out : terminal.Error;
        foreach (var set in report.Sets)
            foreach (var sample in set.Broken.Concat(set.WithoutCaption)) words.WriteLine($"{set.Role}: {sample.Path}: {sample.Reason}");
        foreach (var shared in report.Duplicates) words.WriteLine($"{shared.Role}: {shared.Evaluation} is also trained on, as {shared.Train}");
        foreach (var remark in report.Remarks) words.WriteLine(remark);
    }

    private static readonly IReadOnlyList<Column<CheckedSet>> Columns =
    [
        new("role", s => s.Role), new("name", s => s.Name) { Shrinks = true }, new("items", s => Form.Count(s.Items), IsNumber: true), new("captions", s => Form.Count(s.Captions), IsNumber: true),
        new("truncated", s => s.TruncatedCaptions is { } truncated ? Form.Count(truncated) : "?", IsNumber: true), new("broken", s => Form.Count(s.Broken.Count + s.WithoutCaption.Count), IsNumber: true),
        new("bytes", s => Form.Count(s.Bytes), IsNumber: true), new("digest", s => Form.Digest(s.Digest)),
    ];
}
