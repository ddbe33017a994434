using System.Security.Cryptography;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Trainer.Tests;

public sealed class TrainRunTests : IDisposable
{
    private static readonly Provenance Somewhere = new(null, false, ["itra", "train"], "/", "ada", "host", "Linux", "1", "10", new Dictionary<string, string>(), "cpu", 2, 2);
    private readonly Journal journal = new();
    private readonly Blobs blobs = new();
    private readonly string file = Path.GetTempFileName();
    private readonly CancellationTokenSource stop = new();
    private readonly List<string> read = [];

    [Fact]
    public async Task What_a_trainer_yields_is_recorded_in_its_order_and_the_run_completes()
    {
        var status = await Train(_ => [new PlanTraining(1, 2, 8), Step(0), Step(1), new CompleteEpoch(1, 2, 0.5, 1e-5, 10, 1)]);

        Assert.Equal(RunStatus.Completed, status);
        Assert.Equal(["RunRegistered", "RunStarted", "TrainingPlanned", "MetricsLogged", "EpochCompleted", "RunCompleted"], journal.Types);
        Assert.Equal(2, journal.Events.OfType<MetricsLogged>().Single().Count);
    }

    [Fact]
    public async Task A_checkpoint_is_in_the_store_before_its_event_is_in_the_journal()
    {
        await File.WriteAllTextAsync(file, "weights", TestContext.Current.CancellationToken);
        journal.Before = command => Assert.True(command is not SaveCheckpoint || blobs.Kept.Count == 1);
        await Train(_ => [new SaveCheckpoint(1, 10, file)]);

        var saved = Assert.Single(journal.Events.OfType<CheckpointSaved>());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("weights"u8)), saved.Artifact.Sha256);
        Assert.Equal(7, saved.Artifact.Bytes);
    }

    [Fact]
    public async Task A_trainer_that_throws_ends_the_run_as_failed_with_the_steps_before_and_the_error_goes_on()
    {
        IEnumerable<RunCommand> Failing()
        {
            yield return Step(0);
            throw new UserErrorException("image 7.jpg is broken: replace it");
        }

        var error = await Assert.ThrowsAsync<UserErrorException>(() => Train(_ => Failing()));
        Assert.Equal("image 7.jpg is broken: replace it", error.Message);
        Assert.Equal(["RunRegistered", "RunStarted", "MetricsLogged", "RunFailed"], journal.Types);
        Assert.Equal(error.Message, journal.Events.OfType<RunFailed>().Single().Reason);
    }

    [Fact]
    public async Task A_run_that_is_stopped_ends_as_cancelled_with_what_it_kept()
    {
        IEnumerable<RunCommand> Stopped()
        {
            yield return Step(0);
            stop.Cancel();
            yield return new SaveCheckpoint(0, 1, file);
        }

        Assert.Equal(RunStatus.Cancelled, await Train(_ => Stopped()));
        Assert.Equal(["RunRegistered", "RunStarted", "MetricsLogged", "CheckpointSaved", "RunCancelled"], journal.Types);
    }

    [Fact]
    public async Task A_trainer_that_gives_up_because_it_is_stopped_is_cancelled_too()
    {
        IEnumerable<RunCommand> GivingUp(CancellationToken cancellation)
        {
            stop.Cancel();
            cancellation.ThrowIfCancellationRequested();
            yield break;
        }

        Assert.Equal(RunStatus.Cancelled, await Train(GivingUp));
        Assert.Equal("RunCancelled", journal.Types[^1]);
    }

    [Fact]
    public async Task When_the_store_is_lost_the_one_line_names_both_what_happened_and_that_it_is_not_recorded()
    {
        journal.Before = command => { if (command is PlanTraining or FailRun) throw new UserErrorException("the store does not answer"); };
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Train(_ => [new PlanTraining(1, 1, 1)]));
        Assert.Contains("the store does not answer", error.Message, StringComparison.Ordinal);
        Assert.Contains("could not be recorded", error.Message, StringComparison.Ordinal);
        Assert.Equal(["RunRegistered", "RunStarted"], journal.Types);
    }

    [Fact]
    public async Task What_a_trainer_refuses_at_once_is_not_recorded()
    {
        var refusal = await Assert.ThrowsAsync<SpecRefusedException>(() => Train(_ => throw new UserErrorException("there is no model 'RN5'")));
        Assert.Equal("there is no model 'RN5'", refusal.Message);
        Assert.Empty(journal.Events);
    }

    [Fact]
    public async Task Broken_data_that_a_trainer_meets_at_once_are_a_run_that_failed()
    {
        var error = await Assert.ThrowsAsync<BrokenDataException>(() => Train(_ => throw new BrokenDataException("captions.json: 1 of 3 images has no caption")));
        Assert.Equal("captions.json: 1 of 3 images has no caption", error.Message);
        Assert.Equal(["RunRegistered", "RunStarted", "RunFailed"], journal.Types);
    }

    [Fact]
    public async Task An_unknown_trainer_is_refused_before_anything_is_recorded()
    {
        var handler = new TrainRunHandler([new Trainer(_ => [])], journal, blobs, TimeProvider.System);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => handler.Handle(Request("clpi"), TestContext.Current.CancellationToken));
        Assert.Contains("known are: test", error.Message, StringComparison.Ordinal);
        Assert.Empty(journal.Events);
    }

    [Fact]
    public async Task A_run_goes_on_from_its_own_checkpoint_in_its_own_stream()
    {
        var own = await InterruptedAsync(origin: null);
        Assert.Equal(RunStatus.Completed, await Resume(own, origin: null));
        Assert.Equal(["CheckpointSaved", "RunFailed", "RunResumed", "RunCompleted"], journal.Types[^4..]);
        Assert.Equal((own.Artifact.Sha256, 1, 10), journal.Events.OfType<RunResumed>().Select(r => (r.CheckpointSha256!, r.Epoch, (int)r.Updates)).Single());
        Assert.Equal(["weights"], read);
    }

    [Fact]
    public async Task A_branch_without_a_checkpoint_of_its_own_starts_over_from_the_other_runs()
    {
        var others = new CheckpointSaved(1, 10, "epoch_1.pt", await blobs.PutAsync(new MemoryStream("weights"u8.ToArray()), TestContext.Current.CancellationToken)) { Updates = 10, At = DateTimeOffset.UnixEpoch };
        var origin = new RunOrigin(OriginKind.Branch, "run-0", 1, 10, others.Artifact.Sha256);
        await Assert.ThrowsAsync<UserErrorException>(() => Handler(_ => Failing()).Handle(Request("test") with { Origin = origin, From = others }, stop.Token));
        Assert.Equal(RunStatus.Completed, await Resume(others, origin));
        Assert.Equal((null, 0, 0), journal.Events.OfType<RunResumed>().Select(r => (r.CheckpointSha256, r.Epoch, (int)r.Updates)).Single());
        Assert.Equal(["weights", "weights"], read);
    }

    [Fact]
    public async Task What_cannot_be_resumed_leaves_no_record()
    {
        var own = await InterruptedAsync(origin: null);
        var told = journal.Events.Count;
        var gone = own with { Artifact = own.Artifact with { Sha256 = new string('0', 64) } };
        await Assert.ThrowsAsync<SpecRefusedException>(() => Resume(gone, origin: null));
        blobs.Kept[gone.Artifact.Sha256] = [];
        Assert.Contains("no such checkpoint", (await Assert.ThrowsAsync<SpecRefusedException>(() => Resume(gone, origin: null))).Message, StringComparison.Ordinal);
        await Resume(own, origin: null);
        Assert.Contains("is completed", (await Assert.ThrowsAsync<SpecRefusedException>(() => Resume(own, origin: null))).Message, StringComparison.Ordinal);
        Assert.Equal(told + 2, journal.Events.Count);
    }

    public void Dispose()
    {
        File.Delete(file);
        stop.Dispose();
    }

    private Task<RunStatus> Train(Func<CancellationToken, IEnumerable<RunCommand>> commands) =>
        new TrainRunHandler([new Trainer(commands)], journal, blobs, TimeProvider.System).Handle(Request("test"), stop.Token);

    private async Task<CheckpointSaved> InterruptedAsync(RunOrigin? origin)
    {
        IEnumerable<RunCommand> Interrupted()
        {
            yield return new PlanTraining(2, 10, 8);
            yield return new CompleteEpoch(1, 10, 0.5, 1e-5, 10, 1);
            File.WriteAllText(file, "weights");
            yield return new SaveCheckpoint(1, 10, file) { Updates = 10 };
            throw new UserErrorException("the lights went out");
        }
        await Assert.ThrowsAsync<UserErrorException>(() => Handler(_ => Interrupted()).Handle(Request("test") with { Origin = origin }, stop.Token));
        return journal.Events.OfType<CheckpointSaved>().Single();
    }

    private Task<RunStatus> Resume(CheckpointSaved from, RunOrigin? origin) => Handler(_ => []).Handle(Request("test") with { Resumes = true, From = from, Origin = origin }, stop.Token);

    private static IEnumerable<RunCommand> Failing()
    {
        yield return new PlanTraining(2, 10, 8);
        throw new UserErrorException("the lights went out");
    }

    private TrainRunHandler Handler(Func<CancellationToken, IEnumerable<RunCommand>> commands) => new([new Trainer(commands) { Read = read }], journal, blobs, TimeProvider.System);

    private static TrainRun Request(string trainer) => new("run-1", new RunSpec(trainer, "e", "n", 0, new Dictionary<string, string>()), Somewhere);

    private static LogMetrics Step(long step) => new(MetricChunk.OfStep(step, ("loss", 1.0)));

    private sealed class Trainer(Func<CancellationToken, IEnumerable<RunCommand>> commands) : ITrainer
    {
        public string Name => "test";

        public List<string> Read { get; init; } = [];

        public IEnumerable<RunCommand> Train(RunSpec spec, Continuation? from, CancellationToken cancellation)
        {
            if (from is not null) Read.Add(File.ReadAllText(from.Path));
            return commands(cancellation);
        }
    }

    private sealed class Journal : IRunJournal
    {
        private Run run = Run.Unknown;

        public List<RunEvent> Events { get; } = [];

        public string[] Types => [.. Events.Select(e => e.GetType().Name)];

        public Action<RunCommand> Before { get; set; } = _ => { };

        public Task<IReadOnlyList<RunEvent>> RecordAsync(string runId, RunCommand command, CancellationToken cancellation)
        {
            Before(command);
            var events = RunDecider.Decide(command, run);
            run = events.Aggregate(run, (r, e) => r.Evolve(e));
            Events.AddRange(events);
            return Task.FromResult(events);
        }
    }

    private sealed class Blobs : IArtifactStore
    {
        public Dictionary<string, byte[]> Kept { get; } = [];

        public string Location => "memory";

        public async Task<Artifact> PutAsync(Stream content, CancellationToken cancellation)
        {
            using var copy = new MemoryStream();
            await content.CopyToAsync(copy, cancellation);
            var sha = Convert.ToHexStringLower(SHA256.HashData(copy.ToArray()));
            Kept[sha] = copy.ToArray();
            return new Artifact(sha, copy.Length);
        }

        public Task<Stream> OpenAsync(string sha256, CancellationToken cancellation) => Kept.TryGetValue(sha256, out var kept) ? Task.FromResult<Stream>(new MemoryStream(kept)) : throw new ArtifactMissingException(sha256, Location);

        public Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => Task.FromResult(Kept.ContainsKey(sha256));
    }
}
