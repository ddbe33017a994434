using Itra.Cli.Training;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;
using Itra.Trainer;
using Itra.Trainer.Clip;

namespace Itra.Cli.Reproduction;

/// <summary>Plans a reproduction, and carries it out: a new run, compared while it runs, and a verdict in the streams of both.</summary>
internal sealed class Reproducing(Execution execution, Session session)
{
    private const string Enough = "compared as far as its original went", Divergent = "stopped at its first divergence";

    /// <param name="text">Names the run.</param>
    /// <param name="places">Where things are now, by setting.</param>
    /// <param name="threads">Null for as many as then.</param>
    /// <exception cref="UserErrorException">There is no such run, or none that can be run again.</exception>
    public async Task<ReproductionPlan> PlanAsync(string text, IReadOnlyDictionary<string, string> places, int? threads, CancellationToken cancellation)
    {
        if (threads < 1) throw new UserErrorException($"--threads {threads}: give a number above 0");
        await Reading.CloseOrphansAsync(execution.Reader, session, cancellation);
        var summary = await execution.Reader.FindRunAsync(text, cancellation);
        if (await execution.FirstChangeAsync(summary.Id, cancellation) is { } change)
            session.Terminal.Error.WriteLine($"itra: the record of {summary.Id} is not as it was ({change}): what is compared with is what it says now; `itra audit verify {summary.Id}` says more");
        List<(long, RunEvent)> events = [.. (await execution.Reader.ReadEventsAsync(summary.Id, cancellation))
            .Select(e => (e.Version, EventJson.Read(e.Type, e.Data) ?? throw new UserErrorException($"{summary.Id} has an event '{e.Type}' that this version does not know: it was recorded by a newer Itra")))];
        var registered = events.Select(e => e.Item2).OfType<RunRegistered>().First();
        // What was typed means files seen from here; what was recorded, seen from there.
        var absolute = places.ToDictionary(p => p.Key, p => p.Value == RunFolder.None ? p.Value : Path.GetFullPath(p.Value));
        execution.EnterWorkingDirectory(registered.Provenance);
        var origins = registered.Spec.Config.Keys.ToDictionary(key => key, key => absolute.ContainsKey(key) ? "command line" : registered.RunId);
        var here = await execution.CollectAsync(["itra", .. session.Words], threads ?? registered.Provenance.Threads, ClipConfig.Parse(registered.Spec.Config).Device, origins, cancellation);
        return await ReproductionPlan.MakeAsync(events, execution.Curves, execution.Search, execution.Trainers, here, absolute, cancellation);
    }

    /// <returns>How the new run ended, and the judge; null if there is no verdict, because the run was stopped or failed.</returns>
    public async Task<(Execution.Outcome Outcome, ReproductionJudge? Judge)> RunAsync(ReproductionPlan plan, bool stopAtDivergence, CancellationToken cancellation)
    {
        var original = plan.Original;
        var fetched = await execution.Search.FetchAsync(plan.Inputs, cancellation);
        var (settled, made) = RunFolder.Reserve(ClipConfig.Parse(fetched.Config), session.Clock);
        var spec = fetched with { Name = settled.Name!, Config = settled.ToDictionary() };
        var judge = new ReproductionJudge(original, plan.Tolerance);
        judge.Observe(spec, ReproductionPlan.Places);

        using var stop = new CancellationTokenSource();
        string? why = null;
        void Compared(RunCommand command)
        {
            why ??= stopAtDivergence && judge.Divergence is not null ? Divergent
                : original.Status != RunStatus.Completed && command is LogMetrics or CompleteEpoch or RecordRetrieval or RecordClassification && judge.IsExhausted ? Enough : null;
            if (why is not null) stop.Cancel();
        }

        var id = RunId.New();
        var origin = new RunOrigin(OriginKind.Reproduction, plan.RunId, CheckpointSha256: plan.Inputs.From?.Artifact.Sha256);
        var outcome = await execution.RecordAsync(
            id, $"{spec.Name} ({id}), {plan.RunId} again", made,
            _ => Task.FromResult(new TrainRun(id, spec, plan.Here) { Origin = origin, From = plan.Inputs.From, StopReason = () => why ?? TrainRun.StoppedByUser }),
            display => new ReproductionDisplay(display, judge, session.Clock, Compared), stop.Token);

        var isComparable = outcome.Status switch
        {
            RunStatus.Completed => true,
            RunStatus.Cancelled => why is not null,
            RunStatus.Failed => original.Status == RunStatus.Failed && judge.IsExhausted,
            _ => false,
        };
        if (!isComparable)
        {
            session.Terminal.Error.WriteLine($"itra: {outcome.RunId} {outcome.Status.ToString().ToLowerInvariant()} before it could be compared to its end: there is no verdict");
            return (outcome, null);
        }
        if (why is null && outcome.Status == RunStatus.Completed) judge.Conclude();
        await execution.JudgeAsync(new JudgeReproduction(plan.RunId, outcome.RunId, judge.Verdict, judge.Deviations, judge.Divergence));
        return (outcome, judge);
    }
}
