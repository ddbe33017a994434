using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;
using Itra.Trainer;

namespace Itra.Cli.Commands;

internal static class WiseFtCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        var alphas = new Option<string>("--alphas") { Description = "shares of the trained weights: FROM:TO:STEP, or a list with commas", DefaultValueFactory = _ => "0:1:0.1" };
        var epoch = new Option<int?>("--epoch") { Description = "trained weights of this epoch [the last that was kept]" };
        var also = new Option<string[]>("--also") { Description = "one more retrieval set to score, by name or CSV file; may be repeated", DefaultValueFactory = _ => [] };
        var save = new Option<double?>("--save-alpha") { Description = "keep the weights of this share as a checkpoint" };
        var json = Reading.JsonOption();
        var command = new Command("wise-ft", "Scores weights between a run's initial and trained ones, and draws the curves.") { run, alphas, epoch, also, save, json };
        command.SetAction(async (parsed, _) =>
        {
            var answer = new Answer(session.Terminal, parsed.GetValue(json));
            var shares = AlphaRange.Parse(parsed.GetRequiredValue(alphas));
            await using var execution = new Execution(session);
            using var interruption = new Interruption(session, () => session.Terminal.Error.WriteLine("itra: stopping; the points so far are recorded"));
            var request = await FindAsync(execution, parsed.GetRequiredValue(run), shares, parsed.GetValue(epoch), interruption.Token) with
            {
                AlsoRetrieval = [.. parsed.GetRequiredValue(also).Select(set => File.Exists(set) ? Path.GetFullPath(set) : set)],
                SaveAlpha = parsed.GetValue(save),
                Progress = answer.IsForPeople ? new Telling(session.Terminal.Out) : null,
            };
            var curve = await execution.SendAsync(request, interruption.Token);
            if (answer.IsJson) answer.Json(curve);
            else WiseFtPage.Write(curve, answer, session.Terminal.Out);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What is needed of a recorded run.</summary>
    /// <exception cref="UserErrorException">There is no such run, or it kept no weights.</exception>
    public static async Task<EvaluateWiseFt> FindAsync(Execution execution, string text, IReadOnlyList<double> alphas, int? epoch, CancellationToken cancellation)
    {
        var summary = await execution.Reader.FindRunAsync(text, cancellation);
        var events = (await execution.Reader.ReadEventsAsync(summary.Id, cancellation)).Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>().ToList();
        var registered = events.OfType<RunRegistered>().First();
        if (summary.Status is not (RunStatus.Running or RunStatus.Completed or RunStatus.Cancelled))
            throw new UserErrorException($"{summary.Id} is {summary.Status.ToString().ToLowerInvariant()}: only a run that was not given up has weights worth mixing");
        var saved = events.OfType<CheckpointSaved>().ToList();
        if (saved.LastOrDefault(c => epoch is null || c.Epoch == epoch) is not { } end || events.OfType<ModelInitialised>().FirstOrDefault() is not { } start)
            throw new UserErrorException($"{summary.Id} has kept no checkpoint{(epoch is null ? "" : $" of epoch {epoch}, only of {string.Join(", ", saved.Select(c => c.Epoch))}")}: train with a --save-frequency that keeps it");
        var run = events.Aggregate(Run.Unknown, (state, e) => state.Evolve(e));
        if (run.Fates[end.Artifact.Sha256].Deletion is { } gone) throw CheckpointRules.Gone(run, gone);
        execution.EnterWorkingDirectory(registered.Provenance);
        return new EvaluateWiseFt(summary.Id, registered.Spec, start, end, alphas);
    }

    private sealed class Telling(TextWriter screen) : IProgress<WiseFtPoint>
    {
        public void Report(WiseFtPoint point) => screen.WriteLine($"alpha {point.Alpha:0.###} scored in {point.Seconds:F1} s");
    }
}
