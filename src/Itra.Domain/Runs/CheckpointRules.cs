using System.Globalization;

namespace Itra.Domain.Runs;

/// <summary>Which checkpoints may be pinned, and which deleted.</summary>
public static class CheckpointRules
{
    internal static IReadOnlyList<RunEvent> Decide(RunCommand command, Run run) => command switch
    {
        PinCheckpoint c => FateOf(run, c.Sha256) switch
        {
            { Deletion: { } gone } => throw Gone(run, gone),
            { Pin: { } pin } when c.Reason is null || pin.Reason == c.Reason => [],
            _ => [new CheckpointPinned(c.Sha256, c.Reason, c.By) { At = c.At }],
        },
        UnpinCheckpoint c => FateOf(run, c.Sha256).Pin is null ? [] : [new CheckpointUnpinned(c.Sha256, c.By) { At = c.At }],
        DeleteCheckpoint c => FateOf(run, c.Sha256) switch
        {
            { Deletion: not null } => [],
            _ when run.Status == RunStatus.Running => throw new RunRuleException($"{run.Id} is running, and may have to be resumed from its checkpoints: wait until it has ended"),
            { Pin: { } pin } => throw new RunRuleException($"checkpoint {c.Sha256} of {run.Id} is pinned by {pin.By}: unpin it first"),
            { } kept => [new CheckpointDeleted(c.Sha256, kept.File.Bytes, c.Reason, c.By) { At = c.At }],
        },
        _ => throw new RunRuleException($"{command.GetType().Name} is not about a checkpoint"),
    };

    /// <summary>That somebody wants to use a checkpoint which was deleted.</summary>
    public static RunRuleException Gone(Run run, CheckpointDeleted deletion) =>
        new($"checkpoint {deletion.Sha256} of {run.Id} was deleted on {deletion.At.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} by {deletion.By} ({deletion.Reason}): choose one that 'itra checkpoints ls {run.Id}' lists as kept");

    private static CheckpointFate FateOf(Run run, string sha256) =>
        run.Fates.GetValueOrDefault(sha256) ?? throw new RunRuleException($"{run.Id} has no checkpoint {sha256}");
}
