using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Resuming;

/// <summary>A recorded run that something is to go on from: its own process again, or a branch.</summary>
/// <param name="Checkpoints">Those that count and of which is known after how many updates they come, in order.</param>
/// <param name="UpdatesAfter">Optimizer updates at the end of each completed epoch.</param>
internal sealed record PastRun(RunRegistered Registered, Run State, IReadOnlyList<CheckpointSaved> Checkpoints, IReadOnlyDictionary<int, long> UpdatesAfter)
{
    public string Id => Registered.RunId;

    /// <exception cref="UserErrorException">There is no such run.</exception>
    public static async Task<PastRun> FindAsync(RunReader reader, string text, CancellationToken cancellation) =>
        Of((await reader.ReadEventsAsync((await reader.FindRunAsync(text, cancellation)).Id, cancellation)).Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>());

    public static PastRun Of(IEnumerable<RunEvent> events)
    {
        var (state, updates) = (Run.Unknown, new Dictionary<int, long>());
        RunRegistered? registered = null;
        foreach (var e in events)
        {
            state = state.Evolve(e);
            registered ??= e as RunRegistered;
            if (e is EpochCompleted c) updates[c.Epoch] = c.Step;
        }
        return new PastRun(registered!, state, [.. state.Checkpoints.Select(c => WithUpdates(c, updates)).Where(c => c.Updates is not null)], updates);
    }

    /// <summary>The checkpoint from which it would go on by itself, the last whose file is kept; null if it starts over.</summary>
    public CheckpointSaved? Last => Checkpoints.LastOrDefault(c => State.Fates[c.Artifact.Sha256].Deletion is null) ?? Beginning;

    /// <summary>What a branch began with: the checkpoint of the other run, under the name that its own settings have for it.</summary>
    private CheckpointSaved? Beginning => Registered.Origin is not { Kind: OriginKind.Branch, CheckpointSha256: { } digest } origin ? null
        : new CheckpointSaved(origin.Epoch, 0, Path.GetFileName(Registered.Spec.Config.GetValueOrDefault("resume") ?? ""), new Artifact(digest, 0)) { Updates = origin.Updates, At = Registered.At };

    /// <exception cref="UserErrorException">It is running, or done.</exception>
    public void MustBeInterrupted()
    {
        if (State is { Status: RunStatus.Running, Process: { } p })
            throw new UserErrorException($"{Id} is being run by process {p.ProcessId} on {p.Host}: stop it there first, or wait for it");
        if (State.Status == RunStatus.Completed)
            throw new UserErrorException($"{Id} is completed: there is nothing left to resume; `itra runs branch {Id} --at last --epochs N` trains on from its end, as a run of its own");
    }

    /// <summary>Whether a checkpoint was written at the end of its epoch.</summary>
    public bool EndsAnEpoch(CheckpointSaved checkpoint) => UpdatesAfter.TryGetValue(checkpoint.Epoch, out var updates) && updates == checkpoint.Updates;

    // Older events do not say it; for the end of an epoch others do.
    private static CheckpointSaved WithUpdates(CheckpointSaved c, Dictionary<int, long> after) =>
        c.Updates is null && c.FileName == $"epoch_{c.Epoch}.pt" && after.TryGetValue(c.Epoch, out var updates) ? c with { Updates = updates } : c;
}
