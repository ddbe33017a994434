using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Help;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;

namespace Itra.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create(Session session)
    {
        var words = new Argument<string[]>("flags") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("train", "Trains or evaluates a CLIP; takes the fine-tuning guide's flags.") { words };
        command.SetAction((parsed, _) => RunAsync(session, parsed.GetValue(words) ?? []));
        return command;
    }

    private static async Task<int> RunAsync(Session session, IReadOnlyList<string> words)
    {
        if (words is [] || words.Any(w => w is "--help" or "-h"))
        {
            session.Terminal.Out.Write(TrainHelp.Write(ClipConfig.Flags));
            return words is [] ? ExitCode.WrongInput : ExitCode.Done;
        }
        var settings = TrainSettings.Read(words);
        if (settings.Has(TrainSettings.PrintConfig)) ConfigPage.Write(settings, new Answer(session.Terminal, settings.Has(TrainSettings.Json)));
        else if (settings.Has(TrainSettings.Json)) throw new UserErrorException("--json belongs to --print-config: a training is looked at with `itra runs show RUN --json`");
        var request = TrainRequest.Of(settings);
        foreach (var notice in request.Notices) session.Terminal.Error.WriteLine($"itra: {notice}");
        if (settings.Has(TrainSettings.PrintConfig)) return ExitCode.Done;
        await using var execution = new Execution(session, offline: settings.Has(TrainSettings.Offline));
        var (id, _, status) = await execution.RunAsync(request, words);
        if (status != RunStatus.Unknown) session.Terminal.Out.WriteLine($"{id} {status.ToString().ToLowerInvariant()}; `itra runs show {id}` shows it");
        return ExitCode.Of(status);
    }
}
