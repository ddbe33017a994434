using System.IO.Compression;
using System.Security.Cryptography;
using Itra.Domain;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

public sealed class ModelLibraryTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();
    private readonly ModelLibrary library;

    public ModelLibraryTests() => library = new(scratch.File("models"), new StoppedClock());

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public async Task Weights_and_a_vocabulary_are_told_apart_named_and_found()
    {
        var imported = await library.ImportAsync([Weights("tiny.pt", 1), Vocabulary("words.txt.gz")], TestContext.Current.CancellationToken);
        Assert.Equal([("tiny", ModelKind.Weights), ("words", ModelKind.Vocabulary)], imported.Select(m => (m.Name, m.Kind)));
        Assert.Equal(imported, library.List());

        var path = library.Find("tiny", ModelKind.Weights);
        Assert.Equal(File.ReadAllBytes(scratch.File("tiny.pt")), File.ReadAllBytes(path));
        Assert.Equal(scratch.File("models"), Path.GetDirectoryName(path));
        var model = library.Get("tiny", ModelKind.Weights);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), model.Sha256);
        Assert.Equal((scratch.File("tiny.pt"), new FileInfo(path).Length, StoppedClock.Now), (model.Source, model.Bytes, model.ImportedAt));
        Assert.Throws<UserErrorException>(() => library.Find("tiny", ModelKind.Vocabulary));
    }

    [Fact]
    public async Task The_same_content_again_is_no_work_and_other_content_under_a_name_in_use_is_refused()
    {
        var first = await library.ImportAsync(Weights("tiny.pt", 1), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(first, await library.ImportAsync(Weights("tiny.pt", 1), cancellation: TestContext.Current.CancellationToken));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => library.ImportAsync(Weights("tiny.pt", 2), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("another tiny", error.Message, StringComparison.Ordinal);
        var other = await library.ImportAsync(Weights("tiny.pt", 2), "other", TestContext.Current.CancellationToken);
        Assert.Equal("other.pt", other.File);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_not_imported()
    {
        foreach (var (file, because) in new[] { (scratch.File("a.pt", "PK\x03\x04 but no zip"u8), "a.pt"), (scratch.File("notes.txt", "a b c d\ne f g h\n"u8), "neither weights"), (Other("other.safetensors"), "no parameter of a CLIP model"), (scratch.File("none.pt"), "none.pt") })
        {
            var error = await Assert.ThrowsAsync<UserErrorException>(() => library.ImportAsync(file, cancellation: TestContext.Current.CancellationToken));
            Assert.Contains(because, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }

        Assert.Empty(library.List());
    }

    [Fact]
    public void A_missing_model_is_one_line_with_the_command_that_fetches_it()
    {
        AssertMissing("no weights for RN50: run `itra models pull RN50`, or `itra models import FILE`", "RN50", ModelKind.Weights);
        AssertMissing("no weights for ViT-B-32: run `itra models pull ViT-B-32`, or `itra models import FILE`", "ViT-B/32", ModelKind.Weights);
        AssertMissing("no vocabulary bpe_simple_vocab_16e6: run `itra models pull bpe_simple_vocab_16e6`, or `itra models import FILE`", PublishedModels.ClipVocabulary, ModelKind.Vocabulary);
        AssertMissing("no weights for mine: run `itra models import FILE`", "mine", ModelKind.Weights);
    }

    [Fact]
    public async Task A_file_changed_after_its_import_is_noticed_and_a_deleted_one_is_gone()
    {
        await library.ImportAsync(Weights("tiny.pt", 1), cancellation: TestContext.Current.CancellationToken);
        File.AppendAllText(library.Find("tiny", ModelKind.Weights), "x");
        Assert.Contains("was changed", Assert.Throws<UserErrorException>(() => library.Find("tiny", ModelKind.Weights)).Message, StringComparison.Ordinal);
        File.Delete(scratch.File("models/tiny.pt"));
        Assert.Empty(library.List());
    }

    [Fact]
    public async Task A_damaged_note_is_named()
    {
        await library.ImportAsync(Weights("tiny.pt", 1), cancellation: TestContext.Current.CancellationToken);
        File.WriteAllText(scratch.File("models/tiny.pt.itra.json"), "{}");
        Assert.Contains("tiny.pt.itra.json", Assert.Throws<UserErrorException>(library.List).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public async Task The_published_vocabulary_is_known_by_its_content_whatever_its_file_is_called()
    {
        File.Copy(Fixtures.Find("tokenizer", "bpe_simple_vocab_16e6.txt.gz"), scratch.File("download (1).gz"));
        var model = await library.ImportAsync(scratch.File("download (1).gz"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((PublishedModels.ClipVocabulary, ModelKind.Vocabulary), (model.Name, model.Kind));
    }

    [Theory]
    [InlineData("ViT-B/32", "ViT-B-32")]
    [InlineData("ViT-L/14@336px", "ViT-L-14-336")]
    [InlineData("ViT-L-14-336px", "ViT-L-14-336")]
    [InlineData("rn50", "RN50")]
    [InlineData("mine", "mine")]
    public void Spellings_in_use_mean_one_name(string name, string canonical) => Assert.Equal(canonical, PublishedModels.Canonical(name));

    private void AssertMissing(string message, string name, ModelKind kind) =>
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => library.Find(name, kind)).Message);

    private string Weights(string name, float value)
    {
        TorchArchive.Write(scratch.File(name), new Dictionary<string, Tensor> { ["logit_scale"] = tensor(value), ["visual.proj"] = ones(2, 2) });
        return scratch.File(name);
    }

    private string Other(string name)
    {
        SafeTensors.Write(scratch.File(name), [("bert.embeddings", ones(2))]);
        return scratch.File(name);
    }

    private string Vocabulary(string name)
    {
        using var text = new StreamWriter(new GZipStream(File.Create(scratch.File(name)), CompressionLevel.Fastest));
        text.Write("#version: 0.2\na t</w>\nc at</w>\n");
        return scratch.File(name);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public static readonly DateTimeOffset Now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
