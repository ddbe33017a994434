using Itra.Domain.Training;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

/// <summary>Screening by rounded products finds what the float32 products have, whatever the rows are; the recalls are compared to the bit.</summary>
public sealed class ScreenedRetrievalTests : IDisposable
{
    private const int Images = 200, Texts = 70_000, Width = 512; // Several blocks of texts.

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Generator random = new(7);
    private readonly int[] owners;

    public ScreenedRetrievalTests()
    {
        TorchLibraries.MustBeUsable();
        var chance = new Random(3);
        owners = [.. Enumerable.Range(0, Texts).Select(i => i < Images ? i : chance.Next(Images))];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void Features_that_resemble_their_image_more_or_less(double resemblance)
    {
        var images = Unit(Normal(Images));
        AssertSame(Unit(Normal(Texts).Plus(Of(images), resemblance * Math.Sqrt(Width))), images, leastScreened: 2);
    }

    [Fact]
    public void Rows_that_are_there_several_times()
    {
        var images = Unit(Normal(Images));
        images.narrow(0, 100, 50).copy_(images.narrow(0, 10, 50));
        var texts = Unit(Normal(Texts).Plus(Of(images), 2.0));
        texts.narrow(0, 30_000, 20_000).copy_(texts.narrow(0, 5000, 20_000));
        AssertSame(texts, images, leastScreened: 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-7)]
    [InlineData(1e-5)]
    [InlineData(1e-3)]
    public void Features_that_are_all_but_the_same(double apart)
    {
        // Every score is in the band; the last bits of float32 decide, or nothing does.
        var one = Unit(Normal(1));
        var images = Unit(Normal(Images).Times(apart).Plus(one));
        AssertSame(Unit(Normal(Texts).Times(apart).Plus(one)), images, leastScreened: 0);
    }

    [Fact]
    public void Scores_a_last_bit_apart_among_others_that_are_not()
    {
        var images = Unit(Normal(Images));
        // Twenty images are another one with a single element moved by one unit in its last place.
        for (var i = 0; i < 20; i++)
        {
            images[100 + i].copy_(images[50]);
            images[100 + i][i].copy_(tensor(MathF.BitIncrement(images[50][i].item<float>())));
        }
        AssertSame(Unit(Normal(Texts).Plus(Of(images), 1.5)), images, leastScreened: 2);
    }

    [Fact]
    public void Rows_of_few_values_whose_scores_are_often_equal()
    {
        var images = randint(-1, 2, [Images, Width], ScalarType.Float32, generator: random);
        AssertSame(randint(-1, 2, [Texts, Width], ScalarType.Float32, generator: random), images, leastScreened: 0);
    }

    [Fact]
    public void Rows_of_every_length_and_of_zeros()
    {
        Tensor Stretched(int rows) => Normal(rows).mul(pow(10, rand([rows, 1], generator: random).mul(30).sub(20)));
        var images = Stretched(Images);
        images[3].zero_();
        var texts = Stretched(Texts);
        texts[77].zero_();
        AssertSame(texts, images, leastScreened: 0);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(3e38f)]
    public void A_score_that_is_not_a_number_is_refused_as_ever(float value)
    {
        Tensor images = Normal(Images), texts = Normal(Texts);
        texts[50_000].fill_(value);
        images[150].fill_(value);
        Assert.Contains("is not a number", Assert.Throws<ArgumentException>(() => RetrievalEvaluation.Score(texts, images, owners, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(768)]
    [InlineData(1000)]
    [InlineData(47)]
    public void Single_scores_are_those_of_the_product_or_are_not_offered(int width)
    {
        Tensor texts = randn([300, width], generator: random), images = randn([130, width], generator: random);
        var product = texts.mm(images.t());
        var singles = SingleScores.Like(texts, images, TensorMemory.Floats(product)[..(64 * 130)]);
        if (singles is null) Assert.Skip($"this library adds up rows of {width} in an order of its own");
        Pair[] all = [.. from text in Enumerable.Range(0, 300) from image in Enumerable.Range(0, 130) select new Pair(text, image)];
        Assert.Equal(TensorMemory.Floats(product).ToArray(), singles.Score(all));
    }

    public void Dispose()
    {
        random.Dispose();
        scope.Dispose();
    }

    private Tensor Normal(int rows) => randn([rows, Width], generator: random);

    private Tensor Of(Tensor images) => images.index_select(0, tensor([.. owners.Select(i => (long)i)]));

    private static Tensor Unit(Tensor rows) => nn.functional.normalize(rows, 2, 1);

    private void AssertSame(Tensor texts, Tensor images, int leastScreened)
    {
        Assert.SkipUnless(Bfloat16Rows.AreFast, "this processor does not multiply bfloat16, and nothing is screened on it");
        var products = new Products(texts, images, RetrievalMetric.BlockRows(Texts, Images), TestContext.Current.CancellationToken);
        var expected = RetrievalMetric.Compute(owners, Images, products.Exact);
        var screened = ScreenedRetrieval.Over(products, owners);
        if (screened is null) Assert.Skip("this library adds up in an order of its own");
        Assert.Equal(expected, screened.TryCompute());
        Assert.InRange(screened.Screened, leastScreened, 4);
    }
}
