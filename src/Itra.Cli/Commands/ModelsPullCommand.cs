using System.CommandLine;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Trainer.Models;

namespace Itra.Cli.Commands;

internal static class ModelsPullCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("NAME") { Description = string.Join(", ", PublishedModels.All.Select(p => p.Name)) };
        var json = Reading.JsonOption();
        var command = new Command("pull", "Downloads published weights or CLIP's vocabulary; goes on where an earlier attempt stopped.") { name, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var interruption = new Training.Interruption(session, () => session.Terminal.Error.WriteLine("stopping; what is here is kept for the next attempt"));
            var library = new ModelLibrary(session.Models, session.Clock);
            var model = await library.PullAsync(parsed.GetRequiredValue(name), new DownloadProgress(session.Terminal, session.Clock), interruption.Token);
            new Answer(session.Terminal, parsed.GetValue(json)).Rows([model], "", ModelsListCommand.Columns);
            return ExitCode.Done;
        });
        return command;
    }
}
