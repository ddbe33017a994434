using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Trainer.Models;

namespace Itra.Cli.Commands;

internal static class ModelsExportCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("FROM") { Description = "a checkpoint or weights of any form, or the name of a model that is here" };
        var target = new Argument<string>("TO") { Description = "a file that ends in .safetensors, or in .pt" };
        var json = Reading.JsonOption();
        var command = new Command("export", "Writes weights under OpenAI's names, for open_clip and other programs.") { source, target, json };
        command.SetAction(parsed =>
        {
            var from = parsed.GetRequiredValue(source);
            var exported = ModelExport.Write(File.Exists(from) ? from : FromLibrary(from, session), parsed.GetRequiredValue(target));
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(exported);
            else Tell(exported, parsed.GetRequiredValue(target), session.Terminal.Out);
            return ExitCode.Done;
        });
        return command;
    }

    private static string FromLibrary(string name, Session session)
    {
        var library = new ModelLibrary(session.Models, session.Clock);
        return library.List().Any(m => m.Name == name && m.Kind == ModelKind.Weights) ? library.Find(name, ModelKind.Weights)
            : throw new UserErrorException($"{name} is neither a file nor a model that is here (`itra models ls` lists those)");
    }

    private static void Tell(ExportedModel exported, string target, TextWriter say)
    {
        say.WriteLine($"{target}: {exported.Tensors} tensors, {Form.Bytes(exported.File.Bytes)}, sha256 {exported.File.Sha256}");
        if (exported.LeftOut.Count > 0) say.WriteLine($"left out, as OpenAI's models have no place for them: {string.Join(", ", exported.LeftOut)}");
    }
}
