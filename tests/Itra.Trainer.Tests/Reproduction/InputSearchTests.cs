using System.Security.Cryptography;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using Itra.Trainer.Reproduction;
using Itra.Trainer.Tests.Clip;

namespace Itra.Trainer.Tests.Reproduction;

public sealed class InputSearchTests : IDisposable
{
    private readonly TinyWorld world = new();
    private readonly Store store = new();

    public void Dispose() => world.Dispose();

    private string Models => Path.Combine(world.Coco.Root, "models");

    private string Checkpoint => Path.Combine(world.Logs, "before", "checkpoints", "epoch_1.pt");

    /// <summary>A run from weights, a list of its files kept, and what was recorded of it.</summary>
    private async Task<(RunSpec Spec, List<RunEvent> Events)> RecordedAsync()
    {
        Assert.NotEmpty(world.Train(world.Spec(("name", "before"), ("epochs", "1")), TestContext.Current.CancellationToken).ToList());
        var spec = world.Spec(("pretrained_image_model", "true"), ("image_model_tag", Checkpoint), ("resume", Checkpoint), ("epochs", "2"));
        List<RunEvent> events = [new RunRegistered("run-a", spec, Provenance) { At = At }, new RunStarted("host", 1, At) { At = At }];
        var run = events.Aggregate(Run.Unknown, (r, e) => r.Evolve(e));
        foreach (var command in world.Train(spec, TestContext.Current.CancellationToken).TakeWhile(c => c is not PlanTraining))
        {
            var told = command;
            if (command is RecordDataset d) told = d with { Dataset = d.Dataset with { Listing = await store.PutAsync(new MemoryStream(d.Listing.ToArray()), TestContext.Current.CancellationToken) } };
            if (command is RecordInput { Keep: true } i) await store.PutAsync(new MemoryStream(await File.ReadAllBytesAsync(i.Path, TestContext.Current.CancellationToken)), TestContext.Current.CancellationToken);
            foreach (var e in RunDecider.Decide(told with { At = At }, run)) (run, events) = (run.Evolve(e), [.. events, e]);
        }
        return (spec, events);
    }

    private async Task<RecordedInputs> FindAsync((RunSpec Spec, List<RunEvent> Events) recorded) => await Search.FindAsync(recorded.Spec, recorded.Events, TestContext.Current.CancellationToken);

    private InputSearch Search => new(Models, Path.Combine(world.Coco.Root, "cache"), store);

    private static IEnumerable<string> States(RecordedInputs found) => found.Needs.Select(n => $"{n.What}: {n.State}").Order(StringComparer.Ordinal);

    [Fact]
    public async Task Everything_is_where_it_was()
    {
        var found = await FindAsync(await RecordedAsync());
        Assert.Equal(
            ["checkpoint to start from: Here", "image-model: Here", "image-weights: Here", "retrieval data: Here", "text-model: Here", "train data: Here", "vocabulary: Here"], States(found));
        Assert.True(found.AreComplete);
    }

    [Fact]
    public async Task Weights_that_were_moved_are_found_in_the_model_library_by_their_content()
    {
        var recorded = await RecordedAsync();
        await new ModelLibrary(Models).ImportAsync(Checkpoint, "elsewhere", TestContext.Current.CancellationToken);
        File.Delete(Checkpoint);
        var found = await FindAsync(recorded);
        Assert.True(found.AreComplete);
        Assert.Equal(Path.Combine(Models, "elsewhere.pt"), found.Spec.Config["image_model_tag"]);
        Assert.Equal(Path.Combine(Models, "elsewhere.pt"), found.Spec.Config["resume"]);
    }

    [Fact]
    public async Task Weights_under_the_same_name_with_another_content_are_no_replacement()
    {
        var recorded = await RecordedAsync();
        File.AppendAllText(Checkpoint, "x");
        var found = await FindAsync(recorded);
        Assert.Equal(["checkpoint to start from: Changed", "image-weights: Changed"], States(found).Where(s => !s.EndsWith("Here", StringComparison.Ordinal)));
        Assert.False(found.AreComplete);
    }

    [Fact]
    public async Task Files_from_the_store_are_put_where_the_run_reads_them_and_only_once()
    {
        var recorded = await RecordedAsync();
        var vocabulary = await File.ReadAllBytesAsync(world.Vocabulary, TestContext.Current.CancellationToken);
        File.Delete(world.Vocabulary);
        var found = await FindAsync(recorded);
        Assert.Equal(["vocabulary: Stored"], States(found).Where(s => !s.EndsWith("Here", StringComparison.Ordinal)));
        var spec = await Search.FetchAsync(found, TestContext.Current.CancellationToken);
        Assert.Equal(vocabulary, await File.ReadAllBytesAsync(spec.Config["vocabulary"], TestContext.Current.CancellationToken));
        var opened = store.Opened;
        Assert.Equal(spec, await Search.FetchAsync(found, TestContext.Current.CancellationToken));
        Assert.Equal(opened, store.Opened);
    }

    [Fact]
    public async Task Captions_that_changed_under_unchanged_pictures_are_told_as_such()
    {
        var recorded = await RecordedAsync();
        var annotations = Path.Combine(world.Coco.Root, "coco2017", "annotations", "captions_train2017.json");
        File.WriteAllText(annotations, File.ReadAllText(annotations).Replace("caption 1", "caption I", StringComparison.Ordinal));
        var need = (await FindAsync(recorded)).Needs.Single(n => n.What == "train data");
        Assert.Equal((NeedState.Changed, 0), (need.State, need.Files.Count));
        Assert.Contains("captions", need.Detail, StringComparison.Ordinal);
    }

    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private static readonly Provenance Provenance = new(null, false, [], "/", "me", "host", "Linux", "1", ".NET", new Dictionary<string, string>(), "cpu", 2, 1);

    private sealed class Store : IArtifactStore
    {
        private readonly Dictionary<string, byte[]> blobs = [];

        public string Location => "memory";

        public int Opened { get; private set; }

        public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation)
        {
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
            blobs[sha256] = bytes.ToArray();
            return Task.FromResult(new Artifact(sha256, bytes.Length));
        }

        public Task<Stream> OpenAsync(string sha256, CancellationToken cancellation)
        {
            Opened++;
            return Task.FromResult<Stream>(new MemoryStream(blobs[sha256]));
        }

        public Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => Task.FromResult(blobs.ContainsKey(sha256));
    }
}
