using System.Security.Cryptography;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;

namespace Itra.Trainer.Tests.Clip;

public sealed class ClipInputsTests : IDisposable
{
    private readonly TinyWorld world = new();

    public void Dispose() => world.Dispose();

    private static Artifact ArtifactOf(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return new Artifact(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
    }

    private List<RecordInput> Inputs(params (string, string)[] changes) =>
        [.. world.Train(world.Spec(changes), TestContext.Current.CancellationToken).TakeWhile(c => c is not RecordModel).OfType<RecordInput>()];

    [Fact]
    public void Vocabulary_and_model_descriptions_are_kept_before_the_model_stands() => Assert.Equal(
        [
            new RecordInput(ClipInputs.Vocabulary, world.Vocabulary, ArtifactOf(world.Vocabulary), Keep: true),
            new(ClipInputs.ImageModel, world.ModelFile, ArtifactOf(world.ModelFile), Keep: true),
            new(ClipInputs.TextModel, world.ModelFile, ArtifactOf(world.ModelFile), Keep: true),
        ],
        Inputs());

    [Fact]
    public void Of_weights_to_start_from_the_digest_is_recorded_for_each_tower()
    {
        Assert.NotEmpty(world.Train(world.Spec(("epochs", "1")), TestContext.Current.CancellationToken).ToList());
        var weights = Path.Combine(world.Logs, "tiny", "checkpoints", "epoch_1.pt");
        var inputs = Inputs(("name", "next"), ("pretrained_image_model", "true"), ("image_model_tag", weights), ("pretrained_text_model", "true"), ("text_model_tag", weights));
        Assert.Equal(
            [new(ClipInputs.ImageWeights, weights, ArtifactOf(weights), Keep: false), new(ClipInputs.TextWeights, weights, ArtifactOf(weights), Keep: false)],
            inputs.Skip(3));
    }

    [Fact]
    public void Every_data_set_comes_with_the_list_of_its_files()
    {
        var sets = world.Train(world.Spec(), TestContext.Current.CancellationToken).TakeWhile(c => c is not RecordModel).OfType<RecordDataset>().ToList();
        Assert.Equal(["train", "retrieval"], sets.Select(s => s.Role));
        Assert.All(sets, set =>
        {
            using var text = new MemoryStream(set.Listing.ToArray());
            var files = FileListing.Read(text).Files;
            Assert.Equal(set.Dataset.Items, files.Count);
            Assert.Equal(set.Dataset.Bytes, files.Sum(f => f.File!.Bytes));
        });
    }
}
