using Itra.Cli.Arguments;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;

namespace Itra.Cli.Sweeps;

/// <summary>
/// Completed runs. Where several did the same, which of them speaks for a trial is decided here, for a sweep, its report and an
/// explanation alike: one that did exactly what is asked for before one that did so in other circumstances, one of its own before a
/// reproduction, which repeats another's result, and of those that are left the one that was registered last.
/// </summary>
/// <param name="newestFirst">In the order of registration, the last one first.</param>
internal sealed class CompletedRuns(IReadOnlyList<RecordedRun> newestFirst)
{
    private readonly IReadOnlyList<RecordedRun> runs = [.. newestFirst.OrderBy(r => r.Summary.Origin?.Kind == OriginKind.Reproduction)];
    private readonly StartingFiles files = new();

    public static async Task<CompletedRuns> ReadAsync(RunReader reader, CancellationToken cancellation)
    {
        var completed = await reader.ListRunsAsync(new RunFilter(Status: RunStatus.Completed), cancellation);
        var specs = (await reader.ReadEventsAsync<RunRegistered>(cancellation)).ToDictionary(e => e.RunId, e => e.Event.Spec);
        var starts = (await reader.ReadEventsAsync<StartedFromCheckpoint>(cancellation)).ToLookup(e => e.RunId, e => e.Event.Sha256);
        return new CompletedRuns([.. completed.Where(r => specs.ContainsKey(r.Id)).Select(r => new RecordedRun(r, specs[r.Id], starts[r.Id].FirstOrDefault()))]);
    }

    /// <summary>The run that makes another one of the same settings and seed pointless; null if there is none.</summary>
    public RecordedRun? Done(TrainRequest asked) => runs.FirstOrDefault(r => r.HasDone(asked, files.Digest));

    /// <summary>The runs that answer the question, one per seed, in the order of seeds: a seed that was trained twice is one seed.</summary>
    public IReadOnlyList<RecordedRun> Answers(TrainRequest asked) =>
        [.. runs.Where(r => r.Answers(asked)).OrderByDescending(r => r.IsExactly(asked, files.Digest)).DistinctBy(r => r.Seed).OrderBy(r => r.Seed)];
}
