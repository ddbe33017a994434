using System.CommandLine;
using Itra.Cli.Output;
using Itra.Trainer.Models;

namespace Itra.Cli.Commands;

internal static class ModelsImportCommand
{
    public static Command Create(Session session)
    {
        var files = new Argument<string[]>("FILE") { Arity = ArgumentArity.OneOrMore, Description = "weights of any form (.pt, .safetensors), or a vocabulary" };
        var json = Reading.JsonOption();
        var command = new Command("import", "Adds weights or vocabularies that you have.") { files, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var imported = await new ModelLibrary(session.Models, session.Clock).ImportAsync(parsed.GetRequiredValue(files), cancellation);
            new Answer(session.Terminal, parsed.GetValue(json)).Rows(imported, "", ModelsListCommand.Columns);
            return ExitCode.Done;
        });
        return command;
    }
}
