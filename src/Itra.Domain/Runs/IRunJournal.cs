namespace Itra.Domain.Runs;

/// <summary>The port through which a run is written: load, decide, append, in one place.</summary>
public interface IRunJournal
{
    /// <summary>Decides on <paramref name="command"/> and stores what follows from it, with its metric values, in one transaction.</summary>
    /// <returns>The events that were appended; empty if the command was a repetition.</returns>
    /// <exception cref="RunRuleException">The command makes no sense in the run's state; nothing was stored.</exception>
    Task<IReadOnlyList<RunEvent>> RecordAsync(string runId, RunCommand command, CancellationToken cancellation);
}
