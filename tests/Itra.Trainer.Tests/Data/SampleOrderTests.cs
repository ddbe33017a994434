using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public class SampleOrderTests
{
    [Fact]
    public void A_permutation_holds_every_sample_once_and_differs_between_epochs()
    {
        var first = SampleOrder.Permutation(1, 0, 100);
        Assert.Equal(Enumerable.Range(0, 100), first.Order());
        Assert.Equal(first, SampleOrder.Permutation(1, 0, 100));
        Assert.NotEqual(first, SampleOrder.Permutation(1, 1, 100));
        Assert.NotEqual(first, SampleOrder.Permutation(2, 0, 100));
    }

    [Fact]
    public void An_episode_draws_with_replacement_from_the_whole_set()
    {
        var episode = SampleOrder.Episode(1, 0, 1000, 200);
        Assert.Equal(200, episode.Length);
        Assert.Contains(episode, sample => sample >= 900);
        Assert.True(SampleOrder.Episode(1, 0, 10, 200).Distinct().Count() == 10);
    }
}
