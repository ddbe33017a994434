namespace Itra.Cli.Demo;

/// <summary>Draws scenes, on a bright plain ground or on a dark and grainy one. The same scene and seed give the same pixels.</summary>
internal sealed class Painter(bool atNight)
{
    /// <summary>Width and height in pixels.</summary>
    public const int Side = 64;

    private const double SmallRadius = 0.095, LargeRadius = 0.185;

    /// <returns>(<see cref="Side"/>, <see cref="Side"/>, 3) bytes.</returns>
    public byte[] Draw(Scene scene, int seed)
    {
        var random = new Random(seed);
        double[] ground = atNight ? Grey(random, 30, 80) : Grey(random, 130, 245);
        var things = Placed(scene, random);
        var grain = atNight ? 14 : 3;
        var pixels = new byte[Side * Side * 3];
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var noise = grain * (random.NextDouble() - 0.5);
                for (var channel = 0; channel < 3; channel++)
                {
                    var value = ground[channel];
                    foreach (var thing in things) value += thing.Cover(x, y) * (thing.Rgb[channel] - value);
                    pixels[(y * Side + x) * 3 + channel] = (byte)Math.Clamp(value + noise, 0, 255);
                }
            }
        return pixels;
    }

    private Placed[] Placed(Scene scene, Random random)
    {
        double Near(double at, double reach) => at + reach * (2 * random.NextDouble() - 1);
        (double X, double Y) first = (Near(0.27, 0.03), Near(0.5, 0.1)), second = (Near(0.73, 0.03), Near(0.5, 0.1));
        if (scene.Relation == Relation.Above) (first, second) = ((first.Y, first.X), (second.Y, second.X));
        return [Place(scene.First, first, random), Place(scene.Second, second, random)];
    }

    private Placed Place(Thing thing, (double X, double Y) at, Random random)
    {
        var radius = (thing.Size == Size.Small ? SmallRadius : LargeRadius) * (0.93 + 0.14 * random.NextDouble());
        // Dim light takes part of every colour.
        var light = (atNight ? 0.62 : 0.95) + 0.1 * random.NextDouble();
        return new Placed(thing.Figure, at.X * Side, at.Y * Side, radius * Side, [.. Rgb(thing.Colour).Select(c => c * light)]);
    }

    private static double[] Grey(Random random, double from, double to)
    {
        var level = from + (to - from) * random.NextDouble();
        return [.. Enumerable.Range(0, 3).Select(_ => level + 8 * random.NextDouble())];
    }

    private static double[] Rgb(Colour colour) => colour switch
    {
        Colour.Red => [215, 30, 35],
        Colour.Orange => [250, 130, 15],
        Colour.Yellow => [240, 215, 30],
        Colour.Green => [30, 140, 45],
        Colour.Turquoise => [40, 200, 190],
        Colour.Blue => [35, 70, 205],
        Colour.Purple => [120, 40, 165],
        Colour.Pink => [250, 130, 190],
        _ => throw new ArgumentOutOfRangeException(nameof(colour), colour, "has no pigment"),
    };
}
