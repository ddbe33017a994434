using Itra.Trainer.Evaluation;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public class NearestNeighboursTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void By_hand_one_close_neighbour_is_outvoted_by_two_only_if_the_temperature_is_high()
    {
        // Cosines to the test image (1, 0): 1 for class 2, and 0.8 twice for class 1; the opposite image is not among the three.
        using var train = tensor(new float[] { 1, 0, 0.8f, 0.6f, 0.8f, -0.6f, -1, 0 }).view(4, 2);
        using var labels = tensor(new long[] { 2, 1, 1, 0 });
        using var test = tensor(new float[] { 1, 0 }).view(1, 2);

        // exp(1/.07) = 1.6 million against 2 exp(.8/.07) = 184 thousand.
        Assert.Equal([[2]], NearestNeighbours.Classify(train, labels, test, classes: 3, neighbours: 3, temperature: 0.07, Stop));
        // exp(1) = 2.7 against 2 exp(.8) = 4.5.
        Assert.Equal([[1]], NearestNeighbours.Classify(train, labels, test, classes: 3, neighbours: 3, temperature: 1, Stop));
        Assert.Equal([[2]], NearestNeighbours.Classify(train, labels, test, classes: 3, neighbours: 1, temperature: 1, Stop));
    }

    [Fact]
    public void With_fewer_training_images_than_neighbours_all_of_them_vote()
    {
        using var train = tensor(new float[] { 0, 1, -1, 0 }).view(2, 2);
        using var labels = tensor(new long[] { 1, 0 });
        Assert.Equal([[0], [1]], NearestNeighbours.Classify(train, labels, tensor(new float[] { -0.8f, 0.6f, 0.6f, 0.8f }).view(2, 2), classes: 2, cancellation: Stop));
    }
}
