using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data.Images;

public class ImageTransformTests
{
    private sealed record CropStatistics(
        int[] ImageWh, double[] Scale, int N, double AreaMean, double AreaMin, double AreaMax, double AspectMean, double AspectStd,
        double TopMean, double LeftMean, double HMean, double WMean);

    [Theory]
    // Shorter side 224; 224 * 640 / 480 = 298.67 is rounded down; (298 - 224) / 2 = 37.
    [InlineData(640, 480, 298, 224, 37, 0)]
    [InlineData(480, 640, 224, 298, 0, 37)]
    // (225 - 224) / 2 = 0.5 and (227 - 224) / 2 = 1.5 are rounded to the even neighbour.
    [InlineData(225, 224, 225, 224, 0, 0)]
    [InlineData(227, 224, 227, 224, 2, 0)]
    public void The_evaluation_window_is_torchvisions(int width, int height, int resizedWidth, int resizedHeight, int left, int top) =>
        Assert.Equal(new ResizeWindow(0, 0, width, height, resizedWidth, resizedHeight, left, top, 224), new EvalTransform(224).Place(width, height, default));

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Random_crops_have_the_statistics_of_torchvisions()
    {
        var reference = Fixtures.ReadJson<CropStatistics>("images", "random_resized_crop_stats.json");
        int width = reference.ImageWh[0], height = reference.ImageWh[1];
        var transform = new RandomResizedCrop(224, reference.Scale[0]);
        var crops = Enumerable.Range(0, reference.N).Select(i => transform.Place(width, height, CounterRandom.For(3, 0, i, Purpose.Crop))).ToArray();

        // Two samples of n crops: their means differ by less than five standard errors of the difference.
        void Same(double expected, Func<ResizeWindow, double> of)
        {
            double[] values = [.. crops.Select(of)];
            double mean = values.Average(), deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            Assert.Equal(expected, mean, 5 * deviation * Math.Sqrt(2.0 / reference.N));
        }

        Same(reference.AreaMean, c => (double)c.Width * c.Height / (width * height));
        Same(reference.AspectMean, c => (double)c.Width / c.Height);
        Same(reference.TopMean, c => c.Y);
        Same(reference.LeftMean, c => c.X);
        Same(reference.HMean, c => c.Height);
        Same(reference.WMean, c => c.Width);
        Assert.Equal(reference.AspectStd, Math.Sqrt(crops.Average(c => Math.Pow((double)c.Width / c.Height - reference.AspectMean, 2))), reference.AspectStd * 0.1);
        Assert.Equal(reference.AreaMin, crops.Min(c => (double)c.Width * c.Height / (width * height)), 0.003);
    }

    [Theory]
    [InlineData(1000, 100, 433, 0, 133, 100)]
    [InlineData(100, 1000, 0, 433, 100, 133)]
    public void An_image_too_long_for_any_allowed_shape_gets_the_largest_centred_one(int width, int height, int x, int y, int w, int h) =>
        Assert.Equal(new ResizeWindow(x, y, w, h, 64, 64, 0, 0, 64), new RandomResizedCrop(64).Place(width, height, CounterRandom.For(1, 0, 0, Purpose.Crop)));

    [Fact]
    public void A_crop_stays_within_the_image_and_depends_on_its_key_alone()
    {
        var transform = new RandomResizedCrop(32, 0.5);
        for (int i = 0; i < 500; i++)
        {
            var crop = transform.Place(37, 50, CounterRandom.For(9, 1, i, Purpose.Crop));
            Assert.Equal(crop, transform.Place(37, 50, CounterRandom.For(9, 1, i, Purpose.Crop)));
            Assert.True(crop.X >= 0 && crop.Y >= 0 && crop.X + crop.Width <= 37 && crop.Y + crop.Height <= 50, crop.ToString());
        }
    }
}
