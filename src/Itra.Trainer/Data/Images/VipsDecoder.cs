using NetVips;

namespace Itra.Trainer.Data.Images;

/// <summary>Decodes every format that libvips knows (JPEG, PNG, WebP, TIFF, GIF), to the bytes that PIL decodes.</summary>
/// <remarks>
/// One difference is meant: of a 16-bit grey file the high byte is taken, as PIL does for 16-bit RGB; PIL would clip at 255 and give white.
/// </remarks>
internal static unsafe class VipsDecoder
{
    static VipsDecoder()
    {
        // The loader has its own threads, and never asks for an image twice.
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
        // What stops a decoder arrives as an exception; what does not is no news to someone who trains.
        Log.SetLogHandler("VIPS", NetVips.Enums.LogLevelFlags.Warning, (_, _, _) => { });
    }

    /// <exception cref="BrokenImageException">The bytes are cut short, or no image.</exception>
    public static void Decode(string path, byte[] file, PixelBuffer pixels)
    {
        try
        {
            using var image = Image.NewFromBuffer(file, "", Enums.Access.Sequential, Enums.FailOn.Truncated);
            if ((long)image.Width * image.Height > PixelBuffer.MostPixels)
                throw new BrokenImageException(path, $"{image.Width}x{image.Height} pixels are more than {PixelBuffer.MostPixels:N0}");
            using var eightBit = ToEightBit(image);
            nint memory = eightBit.WriteToMemory(out _);
            try
            {
                pixels.Shape(image.Width, image.Height, KindOf(file, eightBit));
                Copy((byte*)memory, eightBit.Bands, pixels);
            }
            finally
            {
                NetVips.NetVips.Free(memory);
            }
        }
        catch (VipsException broken)
        {
            throw new BrokenImageException(path, "cannot be decoded (" + Reason(broken) + ")", broken);
        }
    }

    private static Image ToEightBit(Image image) => image.Format switch
    {
        Enums.BandFormat.Uchar => image.Copy(),
        Enums.BandFormat.Ushort => image.Cast(Enums.BandFormat.Uchar, shift: true),
        _ => image.Colourspace(Enums.Interpretation.Srgb),
    };

    private static PixelKind KindOf(byte[] file, Image image) => image switch
    {
        _ when IsIndexed(file) => PixelKind.Indexed,
        { Interpretation: Enums.Interpretation.Cmyk, Bands: 4 } => PixelKind.Cmyk,
        { Bands: 2 or 4 } when !IsPngWithoutAlpha(file) => PixelKind.Rgba,
        _ => PixelKind.Rgb,
    };

    // libvips expands palettes and two-level PNGs, so the file itself has to tell.
    private static bool IsIndexed(ReadOnlySpan<byte> file) =>
        IsPng(file) ? file[25] == 3 || (file[25] == 0 && file[24] == 1) : file.StartsWith("GIF8"u8);

    // A transparent colour in a PNG without alpha channel: libvips makes alpha of it, PIL does not.
    private static bool IsPngWithoutAlpha(ReadOnlySpan<byte> file) => IsPng(file) && file[25] is 0 or 2;

    private static bool IsPng(ReadOnlySpan<byte> file) => file.Length > 25 && file[..4].SequenceEqual((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']);

    private static void Copy(byte* source, int bands, PixelBuffer pixels)
    {
        byte* to = pixels.Data;
        bool grey = bands < 3;
        for (long i = (long)pixels.Width * pixels.Height; i > 0; i--, source += bands, to += pixels.Channels)
        {
            (to[0], to[1], to[2]) = (source[0], source[grey ? 0 : 1], source[grey ? 0 : 2]);
            if (pixels.Channels == 4) to[3] = source[bands - 1];
        }
    }

    private static string Reason(VipsException broken) =>
        broken.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last] ? last : broken.Message;
}
