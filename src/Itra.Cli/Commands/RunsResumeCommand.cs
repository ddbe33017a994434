using System.CommandLine;
using Itra.Cli.Resuming;
using Itra.Cli.Training;

namespace Itra.Cli.Commands;

internal static class RunsResumeCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        var from = new Option<string>("--from") { Description = $"checkpoint to go on from: {CheckpointChoice.Forms}", DefaultValueFactory = _ => CheckpointChoice.Last };
        var json = Reading.JsonOption();
        var command = new Command("resume", "Goes on with a run that was stopped, killed or has failed, in its own record and folder.") { run, from, json };
        command.SetAction((parsed, cancellation) => RunAsync(session, parsed.GetRequiredValue(run), parsed.GetRequiredValue(from), parsed.GetValue(json), cancellation));
        return command;
    }

    public static async Task<int> RunAsync(Session session, string text, string from, bool asJson, CancellationToken cancellation)
    {
        var place = session.Place;
        await using var execution = new Execution(session, progressToError: asJson, place: place);
        if (place.Follows) return await execution.FollowAsync(config: null);
        await Reading.CloseOrphansAsync(execution.Reader, session, cancellation);
        var run = await PastRun.FindAsync(execution.Reader, text, cancellation);
        run.MustBeInterrupted();
        var outcome = await execution.ResumeAsync(run, CheckpointChoice.Pick(run, from));
        WayOn.Tell(outcome, session.Terminal, asJson);
        return ExitCode.Of(outcome.Status);
    }
}
