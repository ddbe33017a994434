namespace Itra.Trainer.Data.Images;

/// <summary>
/// Bicubic resize with antialiasing, bit for bit as PIL's <c>resize(..., BICUBIC)</c> on 8-bit images: rows first, rounded to 8 bits, then
/// columns. Computes only the rows and columns of the window. One per thread: it keeps the image between the two passes.
/// </summary>
internal sealed unsafe class BicubicResampler(ResampleKernel? kernel = null)
{
    private readonly ResampleKernel kernel = kernel ?? ResampleKernel.Fastest;
    private readonly PixelBuffer rows = new(), scratch = new();

    /// <param name="source">Pixels of 3 or 4 channels.</param>
    /// <param name="window">The part, its new size, and what to keep of it.</param>
    /// <param name="destination">(Size, Size, channels) uint8, contiguous.</param>
    public void Resize(PixelBuffer source, ResizeWindow window, byte* destination)
    {
        int channels = source.Channels, rowBytes = window.Size * channels;
        var across = ResampleWeights.Bicubic(window.Width, window.ResizedWidth, window.Left, window.Size);
        var down = ResampleWeights.Bicubic(window.Height, window.ResizedHeight, window.Top, window.Size);
        int top = down.First[0], height = down.End - top;

        rows.Shape(window.Size, height, source.Kind);
        byte* from = source.Data + (long)(window.Y + top) * source.Pitch + window.X * channels;
        kernel.Rows(from, source.Pitch, height, channels, across, rows.Data, scratch);

        for (int y = 0; y < window.Size; y++)
        {
            int first = down.First[y] - top;
            // Padded taps would lie behind the last row.
            var weights = down.Weights.AsSpan(y * down.Taps, Math.Min(down.Taps, height - first));
            kernel.Column(rows.Data + first * rowBytes, rowBytes, weights, destination + y * rowBytes, rowBytes);
        }
    }
}
