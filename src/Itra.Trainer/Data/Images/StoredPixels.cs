namespace Itra.Trainer.Data.Images;

/// <summary>Where channel c of the pixel (y, x) is: at y · RowStride + x · ColumnStride + c · ChannelStride. A channel stride of 0 is a grey image.</summary>
internal readonly record struct PixelLayout(int Width, int Height, int RowStride, int ColumnStride, int ChannelStride)
{
    /// <summary>Bytes of one image.</summary>
    public int Length => Width * Height * (ChannelStride == 0 ? 1 : 3);
}

/// <summary>8-bit pixels in the order in which the file of a data set has them.</summary>
internal readonly unsafe struct StoredPixels
{
    private readonly ReadOnlyMemory<byte> bytes;
    private readonly PixelLayout layout;

    /// <exception cref="ArgumentException">There are more or fewer bytes than the layout needs.</exception>
    public StoredPixels(ReadOnlyMemory<byte> bytes, PixelLayout layout)
    {
        if (bytes.Length != layout.Length) throw new ArgumentException($"{layout.Width} x {layout.Height} pixels take {layout.Length} bytes, not {bytes.Length}", nameof(bytes));
        (this.bytes, this.layout) = (bytes, layout);
    }

    /// <summary>Puts them into the buffer as RGB, row by row.</summary>
    public void CopyTo(PixelBuffer pixels)
    {
        pixels.Shape(layout.Width, layout.Height, PixelKind.Rgb);
        var source = bytes.Span;
        var target = pixels.Data;
        for (var y = 0; y < layout.Height; y++)
            for (var x = 0; x < layout.Width; x++)
                for (var c = 0; c < 3; c++) *target++ = source[y * layout.RowStride + x * layout.ColumnStride + c * layout.ChannelStride];
    }
}
