using System.CommandLine;
using Itra.Cli.Output;
using Itra.Cli.Reproduction;
using Itra.Cli.Training;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;

namespace Itra.Cli.Commands;

internal static class ReproduceCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        var plan = new Option<bool>("--plan") { Description = "only say what is needed and whether it is there" };
        var stop = new Option<bool>("--stop-at-divergence") { Description = "end at the first difference that is too large" };
        Option<string?> datasets = Place("--datasets-dir", "where the data sets are now"), images = Place("--images-dir", "prefix of the image paths in a training CSV now"),
            logs = Place("--logs", $"folder of the new run's files; {RunFolder.None}: keep no files [the old one's]");
        var threads = new Option<int?>("--threads") { Description = "threads a tensor operation may use; other than then rounds otherwise [as then]" };
        var json = Reading.JsonOption();
        var command = new Command("reproduce", "Runs a recorded run again and compares it, step by step.") { run, plan, datasets, images, logs, threads, stop, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var answer = new Answer(session.Terminal, parsed.GetValue(json));
            await using var execution = new Execution(session, progressToError: answer.IsJson);
            var places = new[] { ("datasets_dir", parsed.GetValue(datasets)), ("images_dir", parsed.GetValue(images)), ("logs", parsed.GetValue(logs)) }
                .Where(p => p.Item2 is { Length: > 0 }).ToDictionary(p => p.Item1, p => p.Item2!);
            var reproducing = new Reproducing(execution, session);
            var found = await reproducing.PlanAsync(parsed.GetRequiredValue(run), places, parsed.GetValue(threads), cancellation);
            if (parsed.GetValue(plan) || !found.IsPossible)
            {
                if (answer.IsJson) answer.Json(ReproductionPage.Of(found));
                else ReproductionPage.Write(found, session.Terminal.Out);
                return found.IsPossible ? ExitCode.Done : ExitCode.NotReproducible;
            }
            if (!answer.IsJson) ReproductionPage.Write(found, session.Terminal.Out);
            var (outcome, judge) = await reproducing.RunAsync(found, parsed.GetValue(stop), cancellation);
            if (judge is null) return outcome.Status == RunStatus.Completed ? ExitCode.Failed : ExitCode.Of(outcome.Status);
            if (answer.IsJson) answer.Json(ReproductionPage.Of(found, outcome.RunId, judge));
            else ReproductionPage.Write(found, outcome.RunId, judge, session.Terminal.Out);
            return judge.Verdict == Verdict.Diverged ? ExitCode.Diverged : ExitCode.Done;
        });
        return command;
    }

    private static Option<string?> Place(string name, string what) => new(name) { Description = what };
}
