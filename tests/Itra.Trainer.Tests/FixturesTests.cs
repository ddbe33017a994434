namespace Itra.Trainer.Tests;

public class FixturesTests
{
    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void The_tokens_of_the_tiny_models_are_read_with_their_shape()
    {
        var tokens = Fixtures.ReadNpy("tiny_tokens.npy");
        Assert.Equal(2, tokens.Shape.Length);
        Assert.All(tokens.Longs.ToArray(), id => Assert.True(id >= 0));
    }
}
