using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data;

/// <summary>Reads pictures only to see whether it can be done. One per thread.</summary>
internal sealed unsafe class PictureTrial(ImageTransform transform) : IDisposable
{
    private readonly ImageReader reader = new(transform);
    private readonly byte[] square = new byte[transform.Size * transform.Size * 3];

    /// <returns>Null if the picture can be read.</returns>
    public BrokenSample? Failure(IPicture picture)
    {
        try
        {
            fixed (byte* pixels = square) picture.Read(reader, pixels);
            return null;
        }
        catch (BrokenImageException broken)
        {
            return new BrokenSample(broken.Path, broken.Reason);
        }
    }

    public void Dispose() => reader.Dispose();
}
