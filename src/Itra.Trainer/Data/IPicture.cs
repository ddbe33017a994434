using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data;

/// <summary>An image of a data set, wherever its pixels are kept.</summary>
internal unsafe interface IPicture
{
    /// <summary>Writes the square that an evaluation sees, (S, S, 3) uint8.</summary>
    /// <exception cref="BrokenImageException">It cannot be read.</exception>
    void Read(ImageReader reader, byte* destination);
}
