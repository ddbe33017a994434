using System.Security.Cryptography;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Tests.Clip;

namespace Itra.Trainer.Tests;

public sealed class EvaluateWiseFtTests : IDisposable, IRunJournal, IArtifactStore
{
    private readonly TinyWorld world = new();
    private readonly List<RecordWiseFt> recorded = [];
    private readonly Dictionary<string, byte[]> kept = [];
    private readonly (string, string)[] settings;
    private readonly string start;

    public EvaluateWiseFtTests()
    {
        start = Train(world.Spec(("name", "start"), ("lr", "0"), ("epochs", "1"))).OfType<SaveCheckpoint>().Last().Path;
        settings = [("pretrained_image_model", "true"), ("pretrained_text_model", "true"), ("image_model_tag", start), ("text_model_tag", start), ("lr", "1e-2")];
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Each_alpha_is_scored_and_recorded_from_the_initial_to_the_trained_weights(string average)
    {
        var spec = world.Spec([.. settings, ("model_ema", average), ("model_ema_decay", "0.5"), ("eval_first", "true")]);
        var (request, scores) = Request(spec);
        var curve = await Handle(request with { Alphas = [0, 0.5, 1] });

        Assert.Equal([0, 0.5, 1], recorded.Select(r => r.Alpha));
        Assert.All(recorded, r => Assert.Equal((request.Start.WeightsDigest, curve.EndDigest, 2), (r.StartDigest, r.EndDigest, r.Epoch)));
        Assert.Equal(scores[0].Scores.ByMetric(), curve.Points[0].Scores);
        Assert.Equal(scores[^1].Scores.ByMetric(), curve.Points[2].Scores);
        Assert.Equal(["mscoco_captions"], curve.Datasets.Keys);
        Assert.Equal(scores[0].DatasetDigest, curve.Datasets["mscoco_captions"]);
        var best = curve.Points.MaxBy(p => p.Scores[RetrievalScores.MeanRecallMetric])!;
        Assert.Equal(best.Scores[RetrievalScores.MeanRecallMetric], curve.Points.Single(p => p.Alpha == curve.Best[RetrievalScores.MeanRecallMetric]).Scores[RetrievalScores.MeanRecallMetric]);
    }

    [Fact]
    public async Task The_weights_of_one_alpha_are_kept_as_a_checkpoint_that_scores_the_same()
    {
        var (request, _) = Request(world.Spec(settings));
        var curve = await Handle(request with { Alphas = [0, 1], SaveAlpha = 0.3 });

        Assert.Equal([0, 0.3, 1], recorded.Select(r => r.Alpha));
        var artifact = Assert.Single(recorded, r => r.Kept is not null).Kept!;
        Assert.Equal(File.ReadAllBytes(curve.KeptAs!), kept[artifact.Sha256]);
        Assert.Equal("wise_ft_0.3.pt", Path.GetFileName(curve.KeptAs));
        var scores = Train(world.Spec([.. settings, ("name", "kept"), ("train_data", ""), ("resume", curve.KeptAs!)])).OfType<RecordRetrieval>().Single();
        Assert.Equal(2, scores.Epoch);
        Assert.Equal(scores.Scores.ByMetric(), curve.Points[1].Scores);
        Assert.Equal([1, 2], Train(world.Spec([.. settings, ("name", "on"), ("resume", curve.KeptAs!), ("restart", "true")])).OfType<CompleteEpoch>().Select(e => e.Epoch));
    }

    [Fact]
    public async Task Other_sets_are_scored_too_under_their_own_names()
    {
        var (request, _) = Request(world.Spec(settings));
        var csv = Path.Combine(world.Coco.Root, "other.csv");
        File.WriteAllLines(csv, ["filepath\ttitle", .. Enumerable.Range(1, 10).Select(i => $"{world.Coco.ImagePath(i)}\tcaption {i}")]);
        var curve = await Handle(request with { Alphas = [1], AlsoRetrieval = [csv, csv] });
        Assert.Equal(2, curve.Datasets.Count);
        Assert.Equal(14, curve.Points[0].Scores.Count);
        Assert.Contains($"{csv}: {RetrievalScores.MeanRecallMetric}", curve.Points[0].Scores.Keys);
    }

    [Fact]
    public async Task Initial_weights_that_are_no_longer_those_of_the_run_are_refused()
    {
        var (request, _) = Request(world.Spec(settings));
        File.Copy(Train(world.Spec(("name", "other"), ("seed", "8"), ("epochs", "1"))).OfType<SaveCheckpoint>().Last().Path, start, overwrite: true);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Handle(request));
        Assert.Contains(request.Start.WeightsDigest[..12], error.Message, StringComparison.Ordinal);
        Assert.Empty(recorded);
    }

    [Theory]
    [InlineData("pretrained_text_model", "false", "random weights")]
    [InlineData("text_head_n_layers", "1", "projection heads")]
    [InlineData("prompt", "true", "prompt")]
    public async Task A_run_without_a_line_between_two_ends_is_refused(string key, string value, string message)
    {
        var (request, _) = Request(world.Spec([.. settings, ("joint_projection_dim", "16"), (key, value)]));
        Assert.Contains(message, (await Assert.ThrowsAsync<UserErrorException>(() => Handle(request))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alpha_beyond_the_ends_is_refused()
    {
        var (request, _) = Request(world.Spec(settings));
        await Assert.ThrowsAsync<UserErrorException>(() => Handle(request with { Alphas = [0.5, 1.5] }));
        await Assert.ThrowsAsync<UserErrorException>(() => Handle(request with { SaveAlpha = -1 }));
    }

    public void Dispose() => world.Dispose();

    string IArtifactStore.Location => "memory";

    Task<IReadOnlyList<RunEvent>> IRunJournal.RecordAsync(string runId, RunCommand command, CancellationToken cancellation)
    {
        recorded.Add((RecordWiseFt)command);
        return Task.FromResult<IReadOnlyList<RunEvent>>([]);
    }

    async Task<Artifact> IArtifactStore.PutAsync(Stream content, CancellationToken cancellation)
    {
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellation);
        return Keep(copy.ToArray());
    }

    Task<Stream> IArtifactStore.OpenAsync(string sha256, CancellationToken cancellation) => Task.FromResult<Stream>(new MemoryStream(kept[sha256]));

    Task<bool> IArtifactStore.ExistsAsync(string sha256, CancellationToken cancellation) => Task.FromResult(kept.ContainsKey(sha256));

    private Artifact Keep(byte[] bytes)
    {
        var sha = Convert.ToHexStringLower(SHA256.HashData(bytes));
        kept[sha] = bytes;
        return new Artifact(sha, bytes.Length);
    }

    private List<RunCommand> Train(RunSpec spec) => [.. world.Train(spec, TestContext.Current.CancellationToken)];

    private (EvaluateWiseFt Request, List<RecordRetrieval> Scores) Request(RunSpec spec)
    {
        var commands = Train(spec);
        var model = commands.OfType<RecordModel>().Single();
        var saved = commands.OfType<SaveCheckpoint>().Last();
        return (new EvaluateWiseFt("run-1", spec,
            new ModelInitialised(model.ImageModel, model.TextModel, model.Total, model.Image, model.Text, model.WeightsSource, model.WeightsDigest) { At = default },
            new CheckpointSaved(saved.Epoch, saved.Step, Path.GetFileName(saved.Path), Keep(File.ReadAllBytes(saved.Path))) { At = default }, [0, 1]),
            [.. commands.OfType<RecordRetrieval>()]);
    }

    private Task<WiseFtCurve> Handle(EvaluateWiseFt request) =>
        new EvaluateWiseFtHandler(Path.Combine(world.Coco.Root, "models"), Path.Combine(world.Coco.Root, "cache"), this, this, TimeProvider.System)
            .Handle(request, TestContext.Current.CancellationToken);
}
