namespace Itra.Cli.Demo;

/// <summary>A thing at its place, in pixels.</summary>
internal sealed record Placed(Figure Figure, double X, double Y, double Radius, double[] Rgb)
{
    private const int Samples = 3;

    /// <summary>Share of the pixel's area that the thing covers, by 3 x 3 samples.</summary>
    public double Cover(int x, int y)
    {
        const double widestOutline = 1.5;
        if (Math.Abs(x + 0.5 - X) > widestOutline * Radius + 1 || Math.Abs(y + 0.5 - Y) > widestOutline * Radius + 1) return 0;
        var hits = 0;
        for (var i = 0; i < Samples; i++)
            for (var j = 0; j < Samples; j++)
                if (Outline.Contains(Figure, (x + (i + 0.5) / Samples - X) / Radius, (y + (j + 0.5) / Samples - Y) / Radius)) hits++;
        return hits / (double)(Samples * Samples);
    }
}
