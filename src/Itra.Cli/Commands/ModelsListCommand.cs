using System.CommandLine;
using Itra.Cli.Output;
using Itra.Trainer.Models;

namespace Itra.Cli.Commands;

internal static class ModelsListCommand
{
    public static Command Create(Session session)
    {
        var json = Reading.JsonOption();
        var command = new Command("ls", "Lists weights and vocabularies that are here.") { json };
        command.SetAction(parsed => new Answer(session.Terminal, parsed.GetValue(json)).Rows(
            new ModelLibrary(session.Models, session.Clock).List(), "no models yet; `itra models pull NAME` or `itra models import FILE` brings some", Columns));
        return command;
    }

    public static readonly IReadOnlyList<Column<LibraryModel>> Columns =
    [
        new("name", m => m.Name), new("kind", m => m.Kind.ToString().ToLowerInvariant()), new("bytes", m => Form.Count(m.Bytes), IsNumber: true),
        new("sha256", m => Form.Digest(m.Sha256)), new("source", m => m.Source) { Shrinks = true }, new("imported_at", m => Form.Moment(m.ImportedAt)),
    ];
}
