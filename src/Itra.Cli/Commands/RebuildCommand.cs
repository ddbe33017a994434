using System.CommandLine;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Tracking.Projections;

namespace Itra.Cli.Commands;

internal static class RebuildCommand
{
    public static Command Create(Session session)
    {
        var json = Reading.JsonOption();
        var check = new Option<bool>("--check") { Description = "only compare, and change nothing; exit code 1 if anything differs" };
        var command = new Command("rebuild", "Folds run list and scores again from the events alone. May be broken off at any time.") { check, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var rebuild = new ProjectionRebuild(database);
            var progress = session.Terminal.IsInteractive ? new RebuildProgressLine(session.Terminal.Error) : null;
            var outcome = parsed.GetValue(check) ? await rebuild.CompareAsync(progress, cancellation) : await rebuild.RunAsync(progress, cancellation);
            progress?.Wipe();
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(outcome);
            else Tell(outcome, parsed.GetValue(check), session.Terminal.Out);
            return parsed.GetValue(check) && outcome.Differences.Count > 0 ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    private static void Tell(RebuildOutcome outcome, bool onlyChecked, TextWriter say)
    {
        say.WriteLine($"{Form.Count(outcome.Runs)} runs with {Form.Count(outcome.Scores)} scores were folded again");
        if (outcome.Differences.Count == 0) say.WriteLine("nothing was otherwise than the events say");
        foreach (var d in outcome.Differences)
            say.WriteLine($"{d.Table}: {Form.Count(d.Rows)} rows {(onlyChecked ? "are" : "were")} otherwise than the events say, {(onlyChecked ? "" : "and are put right, ")}such as those of {string.Join(", ", d.Runs)}");
    }
}
