namespace Itra.Trainer.Data.Images;

/// <summary>From a file to the square of RGB pixels that a model sees. One per thread.</summary>
internal sealed unsafe class ImageReader(ImageTransform transform, ImageDecoder? decoder = null, ResampleKernel? kernel = null) : IDisposable
{
    // Keeps the size after the resize, shorter side S, well within 32 bits.
    private const int MostElongated = 100_000;

    private readonly ImageDecoder decoder = decoder ?? new ImageDecoder();
    private readonly BicubicResampler bicubic = new(kernel);
    private readonly PixelBuffer pixels = new(), square = new();

    /// <summary>Decodes, transforms and writes (S, S, 3) uint8.</summary>
    /// <param name="path">The file.</param>
    /// <param name="convertBeforeTransform">Convert to RGB before the resize rather than after it.</param>
    /// <param name="random">Decides the crop, if the transform draws one.</param>
    /// <param name="destination">S * S * 3 bytes.</param>
    /// <exception cref="BrokenImageException">The file is missing, cut short or no image.</exception>
    public void Read(string path, bool convertBeforeTransform, CounterRandom random, byte* destination)
    {
        decoder.Decode(path, pixels);
        if (Math.Max(pixels.Width, pixels.Height) / Math.Min(pixels.Width, pixels.Height) > MostElongated)
            throw new BrokenImageException(path, $"no picture is {pixels.Width} x {pixels.Height} pixels");
        if (convertBeforeTransform) pixels.ConvertToRgb();
        Resize(random, destination);
    }

    /// <summary>The same for pixels that need no decoding.</summary>
    /// <param name="image">Any 8-bit image.</param>
    /// <param name="destination">S * S * 3 bytes.</param>
    public void Read(StoredPixels image, byte* destination)
    {
        image.CopyTo(pixels);
        Resize(default, destination);
    }

    public void Dispose() => decoder.Dispose();

    private void Resize(CounterRandom random, byte* destination)
    {
        var window = transform.Place(pixels.Width, pixels.Height, random);
        switch (pixels.Kind)
        {
            case PixelKind.Rgb: bicubic.Resize(pixels, window, destination); break;
            case PixelKind.Indexed: NearestResampler.Resize(pixels, window, destination); break;
            case PixelKind.Cmyk: ResizeFour(window); Colour.CmykToRgb(square.Data, destination, window.Size * window.Size); break;
            case PixelKind.Rgba: ReadTransparent(window, destination); break;
        }
    }

    private void ReadTransparent(ResizeWindow window, byte* destination)
    {
        if (!window.IsCopy) Colour.Premultiply(pixels.Data, pixels.Width * pixels.Height);
        ResizeFour(window);
        if (window.IsCopy) Colour.DropAlpha(square.Data, destination, window.Size * window.Size);
        else Colour.UnpremultiplyToRgb(square.Data, destination, window.Size * window.Size);
    }

    private void ResizeFour(ResizeWindow window)
    {
        square.Shape(window.Size, window.Size, pixels.Kind);
        bicubic.Resize(pixels, window, square.Data);
    }
}
