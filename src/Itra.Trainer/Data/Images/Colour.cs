namespace Itra.Trainer.Data.Images;

/// <summary>PIL's integer colour conversions. Source and destination may be the same memory.</summary>
internal static unsafe class Colour
{
    public static void CmykToRgb(byte* source, byte* destination, int pixels)
    {
        for (int i = 0; i < pixels; i++, source += 4, destination += 3)
        {
            int light = 255 - source[3];
            int r = light - ScaleBy255(source[0], light), g = light - ScaleBy255(source[1], light), b = light - ScaleBy255(source[2], light);
            (destination[0], destination[1], destination[2]) = ((byte)r, (byte)g, (byte)b);
        }
    }

    public static void DropAlpha(byte* source, byte* destination, int pixels)
    {
        for (int i = 0; i < pixels; i++, source += 4, destination += 3)
            (destination[0], destination[1], destination[2]) = (source[0], source[1], source[2]);
    }

    public static void Premultiply(byte* pixel, int pixels)
    {
        for (int i = 0; i < pixels; i++, pixel += 4)
        {
            for (int c = 0; c < 3; c++) pixel[c] = (byte)ScaleBy255(pixel[c], pixel[3]);
        }
    }

    /// <summary>Undoes <see cref="Premultiply"/> as far as 8 bits allow, and drops alpha.</summary>
    public static void UnpremultiplyToRgb(byte* source, byte* destination, int pixels)
    {
        for (int i = 0; i < pixels; i++, source += 4, destination += 3)
        {
            int alpha = source[3];
            for (int c = 0; c < 3; c++)
                destination[c] = alpha is 0 or 255 ? source[c] : (byte)Math.Min(255, 255 * source[c] / alpha);
        }
    }

    // value * factor / 255, rounded, without a division.
    private static int ScaleBy255(int value, int factor)
    {
        int product = value * factor + 128;
        return ((product >> 8) + product) >> 8;
    }
}
