namespace Itra.Domain.Runs;

/// <summary>Something was asked of a run that makes no sense in the state it is in.</summary>
public class RunRuleException(string message) : Exception(message);

/// <summary>Command and state in, events out. A repeated command gives none; nonsense throws <see cref="RunRuleException"/>.</summary>
public static class RunDecider
{
    public static IReadOnlyList<RunEvent> Decide(RunCommand command, Run run)
    {
        if (command.At == default) throw new RunRuleException($"{command.GetType().Name} carries no time");
        return command is RegisterRun register ? Register(register, run)
            : run.Status == RunStatus.Unknown ? throw new RunRuleException($"{command.GetType().Name} before the run was registered")
            : command is CompleteRun or FailRun or CancelRun ? End(command, run)
            : command is StartRun start ? Start(start, run)
            : command is ResumeRun resume ? Resume(resume, run)
            : command is JudgeReproduction judgement ? Judge(judgement, run)
            : command is PinCheckpoint or UnpinCheckpoint or DeleteCheckpoint ? CheckpointRules.Decide(command, run)
            : command is RecordWiseFt wiseFt && run.Status is RunStatus.Running or RunStatus.Completed or RunStatus.Cancelled ? Mix(wiseFt, run)
            : run.Status != RunStatus.Running ? throw new RunRuleException($"{command.GetType().Name} on a run that is {Text(run.Status)}")
            : Progress(command, run);
    }

    private static IReadOnlyList<RunEvent> Register(RegisterRun c, Run run) => run.Status switch
    {
        RunStatus.Unknown => [new RunRegistered(c.RunId, c.Spec, c.Provenance) { Origin = c.Origin, At = c.At }],
        _ when run.Id == c.RunId && run.Spec == c.Spec => [],
        _ => throw new RunRuleException($"{run.Id} is registered with another spec"),
    };

    private static IReadOnlyList<RunEvent> Start(StartRun c, Run run) => run switch
    {
        { Status: RunStatus.Registered } => [new RunStarted(c.Host, c.ProcessId, c.ProcessStartedAt) { At = c.At }],
        { Status: RunStatus.Running, Process: { } p } when (p.Host, p.ProcessId, p.ProcessStartedAt) == (c.Host, c.ProcessId, c.ProcessStartedAt) => [],
        { Status: RunStatus.Running, Process: { } p } => throw new RunRuleException($"{run.Id} is being run by process {p.ProcessId} on {p.Host}"),
        _ => throw new RunRuleException($"{run.Id} is {Text(run.Status)}"),
    };

    private static IReadOnlyList<RunEvent> Resume(ResumeRun c, Run run) => run switch
    {
        { Status: RunStatus.Completed } => throw new RunRuleException($"{run.Id} is completed: there is nothing left to resume"),
        { Status: RunStatus.Running, Process: { } p } when (p.Host, p.ProcessId, p.ProcessStartedAt) == (c.Host, c.ProcessId, c.ProcessStartedAt) => [],
        { Status: RunStatus.Running, Process: { } p } => throw new RunRuleException($"{run.Id} is being run by process {p.ProcessId} on {p.Host}"),
        _ when c.CheckpointSha256 is { } k && run.Fates.GetValueOrDefault(k)?.Deletion is { } gone => throw CheckpointRules.Gone(run, gone),
        _ when !IsReachable(c, run) => throw new RunRuleException($"{run.Id} has no such checkpoint to go on from"),
        _ => [new RunResumed(c.Host, c.ProcessId, c.ProcessStartedAt, c.CheckpointSha256, c.Epoch, c.Updates) { At = c.At }],
    };

    private static bool IsReachable(ResumeRun c, Run run) =>
        c.CheckpointSha256 is null ? (c.Epoch, c.Updates) == (0, 0) : run.Checkpoints.Exists(k => k.Artifact.Sha256 == c.CheckpointSha256);

    private static IReadOnlyList<RunEvent> Judge(JudgeReproduction c, Run run) =>
        run.Id != c.Original && run.Id != c.Reproduction ? throw new RunRuleException($"{run.Id} is neither {c.Original} nor {c.Reproduction}")
        : !run.HasEnded ? throw new RunRuleException($"{run.Id} has not ended yet")
        : run.Reproductions.Contains((c.Original, c.Reproduction)) ? []
        : [new ReproductionJudged(c.Original, c.Reproduction, c.Verdict, c.Deviations, c.Divergence) { At = c.At }];

    private static IReadOnlyList<RunEvent> Progress(RunCommand command, Run run)
    {
        var at = command.At;
        return command switch
        {
            // The digest is what counts: an older record has no listing beside it.
            RecordDataset c when run.Datasets.GetValueOrDefault(c.Role)?.Digest is { } known => known == c.Dataset.Digest ? [] : throw new RunRuleException(
                $"the {c.Role} data of {run.Id} have changed: they had the digest {known}, and now have {c.Dataset.Digest}; put them back as they were, or start another run"),
            RecordDataset c => [new DatasetFingerprinted(c.Role, c.Dataset) { At = at }],
            RecordInput c => Once(run.Inputs.GetValueOrDefault(c.Role)?.File, c.File, c.Role, new InputFingerprinted(c.Role, Path.GetFileName(c.Path), c.File, c.Keep) { At = at }),
            RecordModel c => Once(run.Model, new ModelInitialised(c.ImageModel, c.TextModel, c.Total, c.Image, c.Text, c.WeightsSource, c.WeightsDigest)
                { At = run.Model?.At ?? at }, "model"),
            StartFromCheckpoint c when run.Checkpoint is { } k && (k.Sha256, k.Epoch, k.Step) == (c.Sha256, c.Epoch, c.Step) => [],
            StartFromCheckpoint c when c.Sha256 == run.ResumedFrom => [],
            StartFromCheckpoint when run.Checkpoint is not null || run.Epoch > 0 => throw new RunRuleException("the run has started from other weights already"),
            StartFromCheckpoint c => [new StartedFromCheckpoint(c.FileName, c.Sha256, c.Epoch, c.Step, c.Differences) { At = at }],
            PlanTraining c => Once(run.Plan, new TrainingPlanned(c.Epochs, c.StepsPerEpoch, c.BatchSize) { At = run.Plan?.At ?? at }, "plan"),
            LogMetrics c => Log(c, run),
            SkipSamples c => run.Skips.Contains((c.Epoch, c.Role)) ? [] : [new SamplesSkipped(c.Epoch, c.Count, c.Examples) { Role = c.Role, At = at }],
            CompleteEpoch c when c.Epoch <= run.Epoch => [],
            CompleteEpoch c when c.Epoch > run.Epoch + 1 => throw new RunRuleException($"epoch {c.Epoch} completed after epoch {run.Epoch}"),
            CompleteEpoch c => [new EpochCompleted(c.Epoch, c.Step, c.Loss, c.LearningRate, c.SamplesPerSecond, c.Seconds) { At = at }],
            RecordRetrieval c => Once(run.Retrievals.GetValueOrDefault((c.Epoch, c.Dataset, c.Weights)), c.Scores, $"retrieval on {c.Dataset} after epoch {c.Epoch}",
                new RetrievalEvaluated(c.Epoch, c.Dataset, c.DatasetDigest, c.Weights, c.Images, c.Captions, c.Scores, c.Seconds) { At = at }),
            RecordClassification c when run.Classifications.Contains((c.Epoch, c.Method, c.Dataset, c.Weights)) => [],
            RecordClassification c => [new ClassificationEvaluated(c.Epoch, c.Method, c.Dataset, c.DatasetDigest, c.Weights, c.Images, c.Classes, c.Scores, c.Seconds) { At = at }],
            SaveCheckpoint { Stored: null } c => throw new RunRuleException($"checkpoint {c.Path} is not in the artifact store yet: blob first, event second"),
            SaveCheckpoint { Stored: { } artifact } c when run.Checkpoints.Exists(k => k.Step == c.Step && k.Artifact == artifact) && run.Fates[artifact.Sha256].Deletion is null => [],
            SaveCheckpoint { Stored: { } artifact } c => [new CheckpointSaved(c.Epoch, c.Step, Path.GetFileName(c.Path), artifact) { Updates = c.Updates, StateDigest = c.StateDigest, At = at }],
            _ => throw new RunRuleException($"{command.GetType().Name} is not a command of a run"),
        };
    }

    private static IReadOnlyList<RunEvent> Mix(RecordWiseFt c, Run run) => run.WiseFts.Contains((c.Alpha, c.EndDigest, Run.DigestsOf(c.Datasets), c.Kept?.Sha256)) ? [] :
        c.Alpha is >= 0 and <= 1 ? [new WiseFtEvaluated(c.Alpha, c.StartDigest, c.EndDigest, c.Epoch, c.Datasets, c.Scores, c.Kept, c.Seconds) { At = c.At }]
        : throw new RunRuleException($"alpha {c.Alpha} lies outside of 0 to 1");

    private static IReadOnlyList<RunEvent> Log(LogMetrics c, Run run)
    {
        var chunk = c.Chunk;
        if (chunk.Count == 0) return [];
        if (chunk.Names.All(name => chunk.LastStep <= LastStep(run, name))) return [];
        if (chunk.Names.FirstOrDefault(name => chunk.FirstStep <= LastStep(run, name)) is { } known)
            throw new RunRuleException($"steps {chunk.FirstStep} to {chunk.LastStep} of {known} overlap step {LastStep(run, known)}, which is recorded");
        return [new MetricsLogged(chunk.FirstStep, chunk.Count, chunk.Summarise(), chunk.Digest()) { At = c.At }];
    }

    private static long LastStep(Run run, string metric) => run.LoggedUpTo.GetValueOrDefault(metric, -1);

    private static IReadOnlyList<RunEvent> End(RunCommand command, Run run) => (command, run.Status) switch
    {
        (CompleteRun, RunStatus.Completed) or (FailRun, RunStatus.Failed) or (CancelRun, RunStatus.Cancelled) => [],
        _ when run.HasEnded => throw new RunRuleException($"{run.Id} is {Text(run.Status)} already"),
        (CompleteRun, not RunStatus.Running) => throw new RunRuleException($"{run.Id} was never started"),
        (CompleteRun c, _) => [new RunCompleted { At = c.At }],
        (FailRun c, _) => [new RunFailed(c.Reason, c.Kind) { At = c.At }],
        (CancelRun c, _) => [new RunCancelled(c.Reason) { At = c.At }],
        _ => throw new RunRuleException($"{command.GetType().Name} does not end a run"),
    };

    /// <summary>A fact that holds for the whole run: recorded once, repeated silently, contradicted never.</summary>
    private static IReadOnlyList<RunEvent> Once<T>(T? known, T told, string what, RunEvent e) where T : class => known switch
    {
        null => [e],
        _ when known.Equals(told) => [],
        _ => throw new RunRuleException($"the {what} is recorded already, and differs"),
    };

    private static IReadOnlyList<RunEvent> Once<T>(T? known, T told, string what) where T : RunEvent => Once(known, told, what, told);

    private static string Text(RunStatus status) => status.ToString().ToLowerInvariant();
}
