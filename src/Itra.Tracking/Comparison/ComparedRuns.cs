using Itra.Domain.Runs;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>Reads all that a comparison needs to know of runs.</summary>
public static class ComparedRuns
{
    // Which no two runs share.
    private const string Timings = "profiling/";

    public static async Task<ComparedRun> ReadAsync(RunReader reader, MetricCurves curves, RunSummary run, CancellationToken cancellation)
    {
        List<MetricCurve> read = [];
        foreach (var metric in (await curves.NamesAsync(run.Id, cancellation)).Where(m => !m.StartsWith(Timings, StringComparison.Ordinal)))
            read.Add(await curves.ReadAsync(run.Id, metric, cancellation));
        return await ReadAsync(reader, run, cancellation) with { Curves = read };
    }

    /// <summary>The same without the values of metrics.</summary>
    public static async Task<ComparedRun> ReadAsync(RunReader reader, RunSummary run, CancellationToken cancellation)
    {
        var compared = new ComparedRun(run, await StandingAsync(reader, run.Id, cancellation), []);
        return compared with { Inherited = await InheritedAsync(reader, compared.Branch, cancellation) };
    }

    /// <summary>Events that this program does not know are left out.</summary>
    private static async Task<IReadOnlyList<RunEvent>> StandingAsync(RunReader reader, string runId, CancellationToken cancellation) =>
        StandingEvents.Of((await reader.ReadEventsAsync(runId, cancellation)).Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>());

    private static async Task<IReadOnlyList<RunEvent>> InheritedAsync(RunReader reader, RunOrigin? branch, CancellationToken cancellation)
    {
        if (branch is null) return [];
        var parent = await StandingAsync(reader, branch.RunId, cancellation);
        var before = await InheritedAsync(reader, parent.OfType<RunRegistered>().FirstOrDefault()?.Origin is { Kind: OriginKind.Branch } origin ? origin : null, cancellation);
        return [.. before.Concat(parent).Where(e => StandingEvents.EpochOf(e) <= branch.Epoch)];
    }
}
