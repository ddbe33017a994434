using Itra.Domain.Artifacts;
using Itra.Domain.Runs;

namespace Itra.Tracking.Portable;

/// <summary>An event that is no metric values, with its place in the run.</summary>
internal sealed record StoryEvent(long Version, RunEvent Event);

/// <summary>A run without its metric values: few enough events to hold, and all that documents about it need.</summary>
internal sealed class RunStory
{
    private readonly List<StoryEvent> events = [];
    private readonly List<(long Version, RunResumed Event)> resumptions = [];

    public RunRegistered Registered { get; private set; } = null!;

    public RunStarted? Started { get; private set; }

    /// <summary>How it ended; null if it has not.</summary>
    public RunEvent? Ended { get; private set; }

    /// <summary>Evaluations that count.</summary>
    public IEnumerable<StoryEvent> Evaluations => events.Where(e => EpochOf(e.Event) is { } epoch && EpochCounts(e.Version, epoch));

    public IEnumerable<T> All<T>() where T : RunEvent => events.Select(e => e.Event).OfType<T>();

    /// <summary>Every stored file that the run refers to, once.</summary>
    public IReadOnlyList<Artifact> Artifacts => [.. events.SelectMany(e => RunArtifacts.Of(e.Event)).DistinctBy(a => a.Sha256)];

    public void Add(long version, RunEvent e)
    {
        if (e is MetricsLogged) return;
        events.Add(new StoryEvent(version, e));
        if (e is RunRegistered registered) Registered = registered;
        if (e is RunStarted started) Started ??= started;
        if (e is RunResumed resumed)
        {
            resumptions.Add((version, resumed));
            Ended = null;
        }
        if (e is RunCompleted or RunFailed or RunCancelled) Ended = e;
    }

    /// <summary>False for what was recorded of an epoch after the one that the run was later resumed from.</summary>
    public bool EpochCounts(long version, int epoch) => !resumptions.Any(r => r.Version > version && r.Event.SupersedesEpoch(epoch));

    /// <summary>The same of a metric's value.</summary>
    public bool StepCounts(long version, long step) => !resumptions.Any(r => r.Version > version && r.Event.SupersedesStep(step));

    /// <summary>Epochs trained when it was evaluated; null if it is no evaluation.</summary>
    public static int? EpochOf(RunEvent e) => e switch
    {
        RetrievalEvaluated r => r.Epoch,
        ClassificationEvaluated c => c.Epoch,
        WiseFtEvaluated w => w.Epoch,
        _ => null,
    };
}
