using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Tests.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public sealed class ZeroShotClassifierTests : IDisposable
{
    private readonly TinyWorld world = new(images: 1);
    private readonly ClipModel model;
    private readonly ModelTensors weights;
    private readonly ClipTokenizer tokenizer;
    private readonly ClassPrompts prompts = new(["cat", "dog_bird", "fish"], ["a photo of a {}.", "{}", "many {} and many more {}!"]);

    public ZeroShotClassifierTests()
    {
        var family = ClipFamily.FromFile(world.ModelFile);
        model = new ClipModel(family, family, ClipConfig.Parse(world.Spec().Config));
        weights = ModelTensors.Create(model.Plan, seed: 5);
        tokenizer = ClipTokenizer.Load(world.Vocabulary);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 4)]
    [InlineData(true, 2)]
    [InlineData(true, 100)]
    public void A_row_is_the_normalised_mean_of_the_templates_normalised_or_as_they_are(bool originalAverage, int batchSize)
    {
        using var noGrad = no_grad();
        var rows = new ZeroShotClassifier(model, prompts, tokenizer, batchSize, originalAverage).Build(Replicas.One(weights), TestContext.Current.CancellationToken);

        foreach (var (label, texts) in new[]
        {
            new[] { "a photo of a cat.", "cat", "many cat and many more cat!" }, ["a photo of a dog bird.", "dog bird", "many dog bird and many more dog bird!"], ["a photo of a fish.", "fish", "many fish and many more fish!"],
        }.Index())
        {
            var mean = new double[16];
            foreach (var text in texts)
            {
                var feature = Encode(text);
                var length = originalAverage ? 1 : Math.Sqrt(feature.Sum(v => v * v));
                for (var i = 0; i < mean.Length; i++) mean[i] += feature[i] / length / texts.Length;
            }
            var norm = Math.Sqrt(mean.Sum(v => v * v));
            Assert.Equal(mean.Select(v => v / norm), rows[label].data<float>().Select(v => (double)v), (e, a) => Math.Abs(e - a) < 1e-5);
        }
    }

    [Fact]
    public void The_two_averages_differ_where_templates_have_features_of_different_length()
    {
        using var noGrad = no_grad();
        Tensor Build(bool originalAverage) => new ZeroShotClassifier(model, prompts, tokenizer, 10, originalAverage).Build(Replicas.One(weights), TestContext.Current.CancellationToken);
        Assert.False(Build(false).allclose(Build(true), rtol: 0, atol: 1e-4));
    }

    public void Dispose()
    {
        weights.Dispose();
        world.Dispose();
    }

    private double[] Encode(string text)
    {
        var row = new long[model.ContextLength];
        tokenizer.Encode(text, row);
        return [.. model.EncodeText(weights, tensor(row).unsqueeze(0)).data<float>().Select(v => (double)v)];
    }
}
