using System.CommandLine;
using Itra.Cli.Checkpoints;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Tracking.Reading;
using Itra.Tracking.Retention;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Commands;

internal static class GcCommand
{
    private const double DefaultGraceHours = 24;

    public static Command Create(Session session)
    {
        var run = new Argument<string?>("RUN") { Description = "an id, the beginning of one, or a name; all runs without it", Arity = ArgumentArity.ZeroOrOne };
        var keep = new Option<string>("--keep") { Description = "what stays of each run: best:N (by mean recall), last:N, pinned (always stays); with commas", Required = true };
        var experiment = new Option<string?>("--experiment") { Description = "only runs of this experiment" };
        var dryRun = new Option<bool>("--dry-run") { Description = "say what would go, and do nothing" };
        var yes = new Option<bool>("--yes") { Description = "do not ask" };
        var orphans = new Option<bool>("--orphans") { Description = "also delete stored files that no event names" };
        var grace = new Option<double>("--grace") { Description = "hours in which nothing goes; less only while no other machine records into this store", DefaultValueFactory = _ => DefaultGraceHours };
        var json = Reading.JsonOption();
        var command = new Command("gc", "Deletes checkpoints that a rule does not keep. The record keeps their digests.") { run, keep, experiment, dryRun, yes, orphans, grace, json };
        command.SetAction(async (parsed, _) =>
        {
            var rule = KeepRule.Parse(parsed.GetRequiredValue(keep));
            if (parsed.GetValue(grace) is not (>= 0 and <= 24 * 365) and var hours) throw new UserErrorException($"--grace {hours} is no number of hours from 0 to a year");
            if (parsed.GetValue(run) is not null && parsed.GetValue(experiment) is not null) throw new UserErrorException("RUN and --experiment are two different choices: leave one of them out");
            using var interruption = new Interruption(session, () => session.Terminal.Error.WriteLine("itra: stopping; the next `itra gc` finishes"));
            await using var services = session.OpenTracking();
            await Reading.CloseOrphansAsync(services.GetRequiredService<RunReader>(), session, interruption.Token);
            var runs = await ChosenAsync(services.GetRequiredService<RunReader>(), parsed.GetValue(run), parsed.GetValue(experiment), interruption.Token);
            var request = new CollectionRequest(rule, runs, TimeSpan.FromHours(parsed.GetValue(grace)), parsed.GetValue(orphans));
            var page = new GcPage(session, new Answer(session.Terminal, parsed.GetValue(json)));
            return await RunAsync(services.GetRequiredService<GarbageCollector>(), request, page, parsed.GetValue(dryRun), parsed.GetValue(yes), interruption.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(GarbageCollector collector, CollectionRequest request, GcPage page, bool dryRun, bool yes, CancellationToken cancellation)
    {
        if (dryRun)
        {
            page.Done(page.Plan(await collector.PlanAsync(request, cancellation)), null);
            return ExitCode.Done;
        }
        await using var alone = await collector.LockAsync(cancellation);
        var plan = page.Plan(await collector.PlanAsync(request, cancellation));
        if (plan.Going.Count == 0 && plan.Blobs == 0)
        {
            page.Done(plan, null);
            return ExitCode.Done;
        }
        if (!yes && !page.Ask()) throw new UserErrorException("nothing was deleted: say --yes if it is to be");
        page.Done(plan, await collector.RunAsync(plan, Environment.UserName, null, cancellation));
        return ExitCode.Done;
    }

    private static async Task<IReadOnlySet<string>?> ChosenAsync(RunReader reader, string? run, string? experiment, CancellationToken cancellation)
    {
        if (run is not null) return new HashSet<string> { (await reader.FindRunAsync(run, cancellation)).Id };
        if (experiment is null) return null;
        var runs = await reader.ListRunsAsync(new RunFilter(Experiment: experiment), cancellation);
        return runs.Count > 0 ? runs.Select(r => r.Id).ToHashSet() : throw new UserErrorException($"there is no run of experiment '{experiment}': `itra runs ls` lists them");
    }
}
