using System.CommandLine;
using Itra.Cli.Output;
using Itra.Cli.Sweeps;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Commands;

internal static class SweepRunCommand
{
    private sealed record Asked(string File, IReadOnlyDictionary<string, string> Overrides, int MostTrials, bool OnlyShow, bool AsJson);

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "a recipe, such as recipes/lr.yaml" };
        var datasets = new Option<string?>("--datasets-dir") { Description = "folder that holds the data sets" };
        var most = new Option<int?>("--max-trials") { Description = "run at most this many trials now" };
        var dryRun = new Option<bool>("--dry-run") { Description = "only show what would be run" };
        var json = new Option<bool>("--json") { Description = "answer as JSON; progress goes to stderr" };
        var set = SweepOptions.Set();
        var command = new Command("run", "Runs a recipe's trials that are not done yet, one after another.") { file, datasets, most, set, dryRun, json };
        command.SetAction((parsed, cancellation) => RunAsync(session, new Asked(
            parsed.GetRequiredValue(file), Overrides.Parse(parsed.GetValue(set) ?? [], parsed.GetValue(datasets)),
            parsed.GetValue(most) ?? int.MaxValue,
            parsed.GetValue(dryRun), parsed.GetValue(json)), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Session session, Asked asked, CancellationToken cancellation)
    {
        if (asked.MostTrials < 1) throw new UserErrorException($"--max-trials {asked.MostTrials}: give a number above 0");
        var recipe = RecipeFile.Load(asked.File);
        var trials = PlannedTrial.Of(recipe, asked.Overrides);
        // In a pipe stdout is for the answer alone.
        var forPeople = session.Terminal.IsInteractive && !asked.AsJson;
        var say = forPeople ? session.Terminal.Out : session.Terminal.Error;
        await using var execution = new Execution(session, progressToError: !forPeople);
        var done = await CompletedRuns.ReadAsync(execution.Reader, cancellation);
        var rows = Rows(trials, done, say);

        if (DeviceNote.Of(recipe, trials, asked.Overrides) is { } note) say.WriteLine(note);
        var status = asked.OnlyShow ? ExitCode.Done : await new Sweep(execution, trials, rows, say).RunAsync(asked.MostTrials);
        new Answer(session.Terminal, asked.AsJson).Rows(rows, "", SweepRow.Columns);
        if (!asked.OnlyShow) say.WriteLine($"{Sweep.Summary(rows)}; `itra report {asked.File}` compares them with the guide");
        return status;
    }

    private static SweepRow[] Rows(IReadOnlyList<PlannedTrial> trials, CompletedRuns done, TextWriter say)
    {
        SweepRow[] With(TrainingLengths? lengths) => [.. trials.Select(t => SweepRow.Of(t, lengths, done.Done(t.Request)))];
        try
        {
            return With(new TrainingLengths());
        }
        catch (UserErrorException e)
        {
            // A plan can be looked at without the data.
            say.WriteLine($"How many steps it takes is not known: {e.Message}");
            return With(null);
        }
    }
}
