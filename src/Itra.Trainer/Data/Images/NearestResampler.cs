namespace Itra.Trainer.Data.Images;

/// <summary>PIL's nearest neighbour for palette and two-level images, whose values cannot be averaged. Three channels.</summary>
internal static unsafe class NearestResampler
{
    public static void Resize(PixelBuffer source, ResizeWindow window, byte* destination)
    {
        var across = Positions(window.Width, window.ResizedWidth);
        var down = Positions(window.Height, window.ResizedHeight);
        for (int y = 0; y < window.Size; y++)
        {
            byte* row = source.Data + (long)(window.Y + down[window.Top + y]) * source.Pitch;
            for (int x = 0; x < window.Size; x++, destination += 3)
            {
                byte* pixel = row + (window.X + across[window.Left + x]) * 3;
                (destination[0], destination[1], destination[2]) = (pixel[0], pixel[1], pixel[2]);
            }
        }
    }

    // Summed up step by step, as PIL does: a product would round differently here and there.
    private static int[] Positions(int from, int to)
    {
        double step = (double)from / to, at = step * 0.5;
        var positions = new int[to];
        for (int i = 0; i < to; i++, at += step) positions[i] = Math.Min((int)at, from - 1);
        return positions;
    }
}
