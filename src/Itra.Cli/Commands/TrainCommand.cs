using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Help;
using Itra.Cli.Output;
using Itra.Cli.Resuming;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Tracking.Reading;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;

namespace Itra.Cli.Commands;

internal static class TrainCommand
{
    private const string Resume = "resume";

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
        var asJson = settings.Has(TrainSettings.Json);
        if (settings.Has(TrainSettings.PrintConfig)) ConfigPage.Write(settings, new Answer(session.Terminal, asJson));
        var place = session.Place;
        if (place.Follows && !settings.Has(TrainSettings.PrintConfig)) return await FollowAsync(settings, session, place);
        if (!settings.Has(TrainSettings.PrintConfig) && await RunToResumeAsync(settings, session) is { } run) return await RunsResumeCommand.RunAsync(session, run, CheckpointChoice.Last, asJson, CancellationToken.None);
        var request = TrainRequest.Of(settings);
        foreach (var notice in request.Notices) session.Terminal.Error.WriteLine($"itra: {notice}");
        if (settings.Has(TrainSettings.PrintConfig)) return ExitCode.Done;
        request = request.On(place);
        await using var execution = new Execution(session, progressToError: asJson, offline: settings.Has(TrainSettings.Offline), place: place);
        var outcome = await execution.RunAsync(request, words);
        WayOn.Tell(outcome, session.Terminal, asJson);
        return ExitCode.Of(outcome.Status);
    }

    /// <summary>One that goes on with a run has no settings of its own, and needs no store to know them.</summary>
    private static async Task<int> FollowAsync(TrainSettings settings, Session session, WorldPlace place)
    {
        await using var execution = new Execution(session, place: place);
        var goesOn = settings.Values.GetValueOrDefault(Resume) is { } name && !Path.Exists(name);
        return await execution.FollowAsync(goesOn ? null : TrainRequest.Of(settings).On(place).Config, settings.LogsLocally);
    }

    /// <returns>What --resume names, if that is a recorded run and no file.</returns>
    /// <exception cref="UserErrorException">A run was named, and settings beside it.</exception>
    private static async Task<string?> RunToResumeAsync(TrainSettings settings, Session session)
    {
        if (!settings.Typed.Contains(Resume) || settings.Values[Resume] is var name && Path.Exists(name)) return null;
        var isAlone = settings.Typed.Count == 1 && settings.Own.Keys.All(k => k == TrainSettings.Json);
        if (isAlone && !name.Contains('/') && Path.GetExtension(name).Length == 0) return name;
        await using var database = session.OpenDatabase();
        if (!(await new RunReader(database).ListRunsAsync(new RunFilter(), CancellationToken.None)).Any(r => r.Id == name || r.Name == name)) return null;
        return isAlone ? name
            : throw new UserErrorException($"--resume {name} names a run, which goes on as it began: leave the other flags out; to change settings: `itra runs branch {name} --at last ...`");
    }
}
