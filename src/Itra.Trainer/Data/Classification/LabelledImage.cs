using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data.Classification;

/// <summary>An image and the number of its class.</summary>
internal abstract unsafe record LabelledImage(int Label) : IPicture
{
    public abstract void Read(ImageReader reader, byte* destination);
}

/// <summary>An image in a file of its own.</summary>
internal sealed unsafe record LabelledFile(string Path, int Label) : LabelledImage(Label)
{
    public override void Read(ImageReader reader, byte* destination) => reader.Read(Path, convertBeforeTransform: true, default, destination);
}

/// <summary>An image in a file of many, which is held in memory.</summary>
internal sealed unsafe record LabelledPixels(StoredPixels Pixels, int Label) : LabelledImage(Label)
{
    public override void Read(ImageReader reader, byte* destination) => reader.Read(Pixels, destination);
}
