using System.Globalization;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Tests.Clip;

namespace Itra.Trainer.Tests.Evaluation;

/// <summary>The guide's loop over --eval-with-wise-ft, with and without training.</summary>
public sealed class WiseFtTests : IDisposable
{
    private readonly TinyWorld world = new();
    private readonly string start, trained;
    private readonly (string, string)[] pretrained;

    public WiseFtTests()
    {
        start = Train(("name", "start"), ("lr", "0"), ("epochs", "1"));
        pretrained = [("pretrained_image_model", "true"), ("pretrained_text_model", "true"), ("image_model_tag", start), ("text_model_tag", start)];
        trained = Train([.. pretrained, ("name", "trained"), ("lr", "1e-2")]);
    }

    [Fact]
    public void An_evaluation_of_a_checkpoint_goes_from_the_initial_weights_to_its_own()
    {
        var initial = Evaluate(("name", "initial"));
        var end = Evaluate(("name", "end"), ("resume", trained));
        Assert.NotEqual(initial.Scores, end.Scores);

        var scores = new[] { 0, 0.4, 0.5 }.Select(alpha => Mixed(alpha)).ToList();
        Assert.Equal(initial.Scores, scores[0].Scores);
        Assert.Equal(["wise-ft-0", "wise-ft-0.4", "wise-ft-0.5"], scores.Select(s => s.Weights));
        Assert.All(scores, s => Assert.Equal(2, s.Epoch));
        Assert.Equal(("raw", end.Scores), (Mixed(1).Weights, Mixed(1).Scores));
    }

    [Fact]
    public void While_training_the_mixture_is_evaluated_and_the_checkpoint_is_not_mixed()
    {
        var commands = Run([.. pretrained, ("name", "while"), ("lr", "1e-2"), ("eval_with_wise_ft", "0"), ("model_ema", "true"), ("model_ema_decay", "0.5")]);
        var scores = commands.OfType<RecordRetrieval>().ToList();
        Assert.Equal(["ema-wise-ft-0", "ema-wise-ft-0"], scores.Select(s => s.Weights));
        Assert.Equal(Evaluate(("name", "initial")).Scores, scores[^1].Scores);
        Assert.Equal(Evaluate(("name", "end"), ("resume", trained)).Scores, Evaluate(("name", "mine"), ("resume", commands.OfType<SaveCheckpoint>().Last().Path)).Scores);
    }

    [Fact]
    public void Mixtures_score_the_same_on_several_devices()
    {
        (string, string)[] mixed = [("eval_with_wise_ft", "0.4"), ("resume", trained)];
        Assert.Equal(Evaluate([.. mixed, ("name", "one")]).Scores, Evaluate([.. mixed, ("name", "three"), ("nproc_per_node", "3"), ("batch_size", "2")]).Scores);
        var trainedOnTwo = Run([.. pretrained, ("name", "two"), ("nproc_per_node", "2"), ("batch_size", "2"), ("eval_with_wise_ft", "0")]).OfType<RecordRetrieval>().Last();
        Assert.Equal(Evaluate(("name", "initial")).Scores, trainedOnTwo.Scores);
    }

    [Theory]
    [InlineData("-0.1", "eval_with_wise_ft", "-0.1", "from 0")]
    [InlineData("1.1", "eval_with_wise_ft", "1.1", "from 0")]
    [InlineData("0.5", "pretrained_text_model", "false", "--pretrained-text-model")]
    [InlineData("0.5", "image_head_n_layers", "1", "projection heads")]
    [InlineData("0.5", "prompt", "true", "prompt")]
    public void What_cannot_be_mixed_is_refused_before_anything_starts(string alpha, string key, string value, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => world.Spec([.. pretrained, ("eval_with_wise_ft", alpha), ("text_head_n_layers", "0"), (key, value)])).Message, StringComparison.Ordinal);

    public void Dispose() => world.Dispose();

    private RecordRetrieval Mixed(double alpha) => Evaluate(("name", "mixed"), ("resume", trained), ("eval_with_wise_ft", alpha.ToString(CultureInfo.InvariantCulture)));

    private RecordRetrieval Evaluate(params (string, string)[] changes) => Run([.. pretrained, ("train_data", ""), .. changes]).OfType<RecordRetrieval>().Single();

    private string Train(params (string, string)[] changes) => Run([("retrieval_frequency", "0"), .. changes]).OfType<SaveCheckpoint>().Last().Path;

    private List<RunCommand> Run((string, string)[] changes) => [.. world.Train(world.Spec(changes), TestContext.Current.CancellationToken)];
}
