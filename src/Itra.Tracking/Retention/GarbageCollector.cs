using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Tracking.Retention;

/// <param name="RunIds">Runs whose checkpoints are chosen from; null for all.</param>
/// <param name="Grace">Nothing younger goes: events of other machines that name it may still be on their way.</param>
/// <param name="Orphans">Whether what no event names goes, too.</param>
public sealed record CollectionRequest(KeepRule Rule, IReadOnlySet<string>? RunIds, TimeSpan Grace, bool Orphans);

/// <param name="Choices">Every checkpoint in question, by run.</param>
/// <param name="Bytes">What goes, what several files share counted once; with what earlier collections left behind.</param>
/// <param name="Leftovers">Blobs among them that no checkpoint chosen now has: of an interrupted collection, or of nobody.</param>
/// <param name="TooYoung">Blobs that stay for now because they were written or reused within the grace period.</param>
public sealed record CollectionPlan(CollectionRequest Request, IReadOnlyList<Choice> Choices, int Blobs, long Bytes, int Leftovers, int TooYoung)
{
    public IReadOnlyList<Choice> Going => [.. Choices.Where(c => c.Kept is null)];
}

/// <param name="Deleted">Checkpoints whose deletion was recorded now.</param>
/// <param name="Refused">What was not deleted after all, in one line each: pinned or resumed meanwhile.</param>
public sealed record Collected(int Deleted, int Blobs, long Bytes, IReadOnlyList<string> Refused);

/// <summary>
/// Deletes checkpoints that a rule does not keep: first the events that say so, then the files that nothing else needs. Interrupted at any
/// point, the next collection finds the events and finishes.
/// </summary>
/// <param name="marks">Whose files are in the bucket; null for a store that nobody else can keep anything in.</param>
public sealed class GarbageCollector(TrackingDatabase database, IArtifactStore store, MartenRunJournal journal, string home, TimeProvider clock, BucketMarks? marks = null)
{
    private static readonly IReadOnlySet<(string RunId, string Sha256)> Nothing = new HashSet<(string, string)>();

    private readonly PartedArtifactStore parted = PartedArtifactStore.Of(store);
    private readonly PendingLogs pending = PendingLogs.Of(home);

    /// <summary>Changes nothing.</summary>
    /// <exception cref="UserErrorException">A log on this machine is damaged, so that it is not known what it names; other stores keep files in the bucket; or with orphans, files are missing.</exception>
    public async Task<CollectionPlan> PlanAsync(CollectionRequest request, CancellationToken cancellation)
    {
        if (marks is not null) await marks.MustBeAloneAsync(cancellation);
        var (runs, named) = await ReadAsync(cancellation);
        var decision = new KeepDecision(runs, named, request.Rule, clock.GetUtcNow() - request.Grace);
        List<Choice> choices = [.. runs.Values.Where(r => request.RunIds?.Contains(r.Run.Id) ?? true).SelectMany(decision.Of)];
        var going = choices.Where(c => c.Kept is null).Select(c => (c.Checkpoint.RunId, c.Checkpoint.Saved.Artifact.Sha256)).ToHashSet();

        var (contents, live) = await LookAsync(request, runs, named, going, cancellation);
        var before = Sweep.Of(contents, Deleted(runs), Live(runs, named, Nothing), request.Orphans, clock.GetUtcNow() - request.Grace).Going;
        var sweep = Sweep.Of(contents, Deleted(runs).Concat(going.Select(g => g.Sha256)), live, request.Orphans, clock.GetUtcNow() - request.Grace);
        var spool = await SpoolAsync(request, contents, live, named, cancellation);
        return new CollectionPlan(request, choices, sweep.Going.Count + spool.Count, sweep.Going.Values.Sum(b => b.Bytes) + spool.Bytes, before.Count + spool.Count, sweep.TooYoung.Count + spool.TooYoung);
    }

    /// <summary>Keeps other collections out until it is disposed.</summary>
    /// <exception cref="UserErrorException">One is at work.</exception>
    public async Task<IAsyncDisposable> LockAsync(CancellationToken cancellation)
    {
        // A store of a newer program may hold events that name files in ways unknown to this one: it is refused here.
        await journal.OpenAsync(cancellation);
        if (marks is not null) await marks.LeaveAsync(cancellation);
        return await CollectionLock.TakeAsync(database, cancellation);
    }

    /// <summary>Does what was planned, as far as it is still right.</summary>
    public async Task<Collected> RunAsync(CollectionPlan plan, string by, IProgress<long>? progress, CancellationToken cancellation)
    {
        var (deleted, refused) = (0, new List<string>());
        foreach (var choice in plan.Going)
        {
            try
            {
                var command = new DeleteCheckpoint(choice.Checkpoint.Saved.Artifact.Sha256, $"not in {plan.Request.Rule}", by) { At = clock.GetUtcNow() };
                deleted += (await journal.RecordAsync(choice.Checkpoint.RunId, command, cancellation)).Count;
            }
            catch (RunRuleException e)
            {
                refused.Add(e.Message);
            }
        }
        // What is needed is read again: between the plan and now somebody may have begun to use what it gave up.
        var (runs, named) = await ReadAsync(cancellation);
        var (contents, live) = await LookAsync(plan.Request, runs, named, Nothing, cancellation);
        var sweep = Sweep.Of(contents, Deleted(runs), live, plan.Request.Orphans, clock.GetUtcNow() - plan.Request.Grace);
        var (blobs, bytes) = await sweep.RunAsync(parted.Inventory, progress, cancellation);
        var (waiting, waitingBytes) = await (await SpoolAsync(plan.Request, contents, live, named, cancellation)).RunAsync(cancellation);
        return new Collected(deleted, blobs + waiting, bytes + waitingBytes, refused);
    }

    private async Task<(IReadOnlyDictionary<string, RunHoldings> Runs, IReadOnlySet<string> Named)> ReadAsync(CancellationToken cancellation)
    {
        // In this order: what leaves a log meanwhile is in the store by then.
        var named = pending.Artifacts();
        return (await HoldingsReader.ReadAsync(database, null, cancellation), named);
    }

    private async Task<(StoreContents Contents, IReadOnlySet<string> Live)> LookAsync(
        CollectionRequest request, IReadOnlyDictionary<string, RunHoldings> runs, IReadOnlySet<string> named, IReadOnlySet<(string RunId, string Sha256)> going, CancellationToken cancellation)
    {
        var live = Live(runs, named, going);
        var contents = await StoreContents.ReadAsync(parted, live, cancellation);
        // Which parts a file had whose note is lost, nobody knows: they would look like nobody's.
        if (request.Orphans && runs.Values.SelectMany(r => r.Run.Fates.Where(f => f.Value.Deletion is null)).FirstOrDefault(f => !contents.Holds(f.Key)) is { Key: { } lost })
            throw new UserErrorException($"checkpoint {lost} should be in {store.Location} and is not: until `itra audit verify` finds nothing missing, --orphans could delete what belongs to it");
        return (contents, live);
    }

    /// <summary>A file that events name and the store lacks may be here only: it stays.</summary>
    private async Task<SpoolSweep> SpoolAsync(CollectionRequest request, StoreContents contents, IReadOnlySet<string> live, IReadOnlySet<string> named, CancellationToken cancellation) =>
        !request.Orphans ? SpoolSweep.Nothing
        : await SpoolSweep.OfAsync(TrackingRegistration.SpoolFolder(home), file => named.Contains(file) || (live.Contains(file) && !contents.Holds(file)), clock.GetUtcNow() - request.Grace, cancellation);

    private static IEnumerable<string> Deleted(IReadOnlyDictionary<string, RunHoldings> runs) =>
        runs.Values.SelectMany(r => r.Run.Fates.Where(f => f.Value.Deletion is not null).Select(f => f.Key));

    private static HashSet<string> Live(IReadOnlyDictionary<string, RunHoldings> runs, IReadOnlySet<string> named, IReadOnlySet<(string RunId, string Sha256)> going) =>
        [.. named, .. runs.SelectMany(r => r.Value.References.Concat(r.Value.Needs.Where(file => !going.Contains((r.Key, file)))))];
}
