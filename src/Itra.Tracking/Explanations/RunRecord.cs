using Itra.Domain.Runs;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Explanations;

/// <summary>An event with its place in the stream.</summary>
/// <param name="Type">Stored name.</param>
/// <param name="Hash">Its hash in the chain, in hexadecimal; null if it has none.</param>
public sealed record RecordedEvent(long Version, string Type, string? Hash, RunEvent Event);

/// <summary>A run's events as far as this program knows them; those of a later one are left out.</summary>
public sealed record RunRecord(string RunId, IReadOnlyList<RecordedEvent> Events)
{
    public static RunRecord Of(string runId, IEnumerable<StoredEvent> stored) => new(runId,
    [
        .. from s in stored
           let e = EventJson.Read(s.Type, s.Data)
           where e is not null
           select new RecordedEvent(s.Version, s.Type, s.Hash, e),
    ]);

    public RunRegistered? Registered => First<RunRegistered>();

    public T? First<T>()
        where T : RunEvent => All<T>().FirstOrDefault();

    public IEnumerable<T> All<T>()
        where T : RunEvent => Events.Select(e => e.Event).OfType<T>();
}
