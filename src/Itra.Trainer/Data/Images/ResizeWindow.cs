namespace Itra.Trainer.Data.Images;

/// <summary>
/// A part of the source (X, Y, Width, Height) is resized to (ResizedWidth, ResizedHeight), and of that the square of
/// <see cref="Size"/> pixels at (Left, Top) is kept.
/// </summary>
internal readonly record struct ResizeWindow(int X, int Y, int Width, int Height, int ResizedWidth, int ResizedHeight, int Left, int Top, int Size)
{
    /// <summary>True if no pixel changes; PIL then skips even the way through premultiplied alpha.</summary>
    public bool IsCopy => Width == ResizedWidth && Height == ResizedHeight;
}
