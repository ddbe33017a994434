using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking;
using Itra.Trainer.Devices;
using Itra.Trainer.Models;
using Itra.Trainer.Native;

namespace Itra.Cli.Commands;

internal static class DoctorCommand
{
    public static Command Create(Session session)
    {
        var json = Reading.JsonOption();
        var command = new Command("doctor", "Checks everything that could be wrong, and says what to type. Exit code 1 if something is.") { json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            List<Finding> findings = [.. await new StoreDoctor(database, session.Variable).ExamineAsync(cancellation), Vocabulary(session), .. Devices()];
            Write(findings, session, parsed.GetValue(json));
            return findings.All(f => f.Ok) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    // Not an error: the demo, for one, brings its own.
    private static Finding Vocabulary(Session session) =>
        new ModelLibrary(session.Models).List().Any(m => m is { Kind: ModelKind.Vocabulary, Name: PublishedModels.ClipVocabulary })
            ? new(true, $"CLIP's vocabulary is in {session.Models}")
            : new(true, "CLIP's vocabulary is not here yet; trainings of published models need it", $"itra models pull {PublishedModels.ClipVocabulary}   (or itra models import FILE)");

    private static IEnumerable<Finding> Devices()
    {
        Finding? wrong = null;
        try
        {
            TorchLibraries.MustFit();
        }
        catch (UserErrorException e)
        {
            wrong = new(false, e.Message, $"unset {TorchLibraries.Variable}");
        }
        if (wrong is not null) return [wrong];
        var cuda = CudaState.Look();
        return
        [
            .. Paths(), new(true, $"libtorch is used from {TorchLibraries.Folder.Path}"),
            cuda.Missing is { } missing
                ? new(true, $"trainings run on the CPU: {missing}")
                : new(true, $"trainings run on GPUs ({string.Join(", ", cuda.Names)}; CUDA driver {cuda.Driver}); for several at once NCCL is {GpuLibraries.Nccl ?? "missing"}"),
        ];
    }

    private static IEnumerable<Finding> Paths()
    {
        try
        {
            return [.. FastPaths.Look().Select(p => new Finding(true, p.IsUsed ? $"fast path {p.Name}: {p.For}" : $"fast path {p.Name} is not used ({p.Missing}): {p.Otherwise}"))];
        }
        catch (UserErrorException e)
        {
            return [new(false, e.Message, $"unset {FastPath.Variable}")];
        }
    }

    private static void Write(List<Finding> findings, Session session, bool asJson)
    {
        if (asJson || !session.Terminal.IsInteractive)
        {
            new Answer(session.Terminal, asJson).Rows(findings, "",
                new Column<Finding>("ok", f => f.Ok ? "true" : "false"), new Column<Finding>("what", f => f.What), new Column<Finding>("advice", f => f.Advice ?? ""));
            return;
        }
        foreach (var finding in findings)
        {
            session.Terminal.Out.WriteLine($"{(finding.Ok ? "ok   " : "WRONG")} {finding.What}");
            if (finding.Advice is { } advice) session.Terminal.Out.WriteLine($"        type: {advice}");
        }
    }
}
