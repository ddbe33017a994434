namespace Itra.Trainer.Data.Images;

/// <summary>How PIL would treat the pixels of a file when it resizes them.</summary>
internal enum PixelKind
{
    /// <summary>Three bytes; grey files are expanded to it, which changes no value.</summary>
    Rgb,

    /// <summary>Three bytes of a palette or a two-level file: PIL resizes these with nearest neighbour.</summary>
    Indexed,

    /// <summary>Four bytes: resized with premultiplied alpha, which is then dropped.</summary>
    Rgba,

    /// <summary>Four bytes: resized as they are, then converted.</summary>
    Cmyk,
}

/// <summary>Decoded pixels (H, W, C) uint8, in pinned memory that is used again for the next image.</summary>
internal sealed unsafe class PixelBuffer
{
    /// <summary>Bytes behind the last pixel that a kernel may read (never use) so that it can load whole vectors.</summary>
    public const int Slack = 64;

    /// <summary>PIL refuses larger images as decompression bombs.</summary>
    public const long MostPixels = 178_956_970;

    private byte[] memory = [];

    public int Width { get; private set; }

    public int Height { get; private set; }

    public PixelKind Kind { get; private set; }

    public int Channels => Kind is PixelKind.Rgba or PixelKind.Cmyk ? 4 : 3;

    public int Pitch => Width * Channels;

    public byte* Data => (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(memory));

    /// <summary>Makes room for an image; what was here before is lost.</summary>
    public void Shape(int width, int height, PixelKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height, MostPixels);
        (Width, Height, Kind) = (width, height, kind);
        Reserve(checked(Pitch * height));
    }

    /// <summary>Makes room for so many bytes, of whatever form.</summary>
    public void Reserve(int length)
    {
        var needed = checked(length + Slack);
        if (memory.Length < needed) memory = GC.AllocateUninitializedArray<byte>(needed, pinned: true);
    }

    /// <summary>To RGB in place, as PIL's <c>convert("RGB")</c>.</summary>
    public void ConvertToRgb()
    {
        if (Kind == PixelKind.Cmyk) Colour.CmykToRgb(Data, Data, Width * Height);
        if (Kind == PixelKind.Rgba) Colour.DropAlpha(Data, Data, Width * Height);
        Kind = PixelKind.Rgb;
    }
}
