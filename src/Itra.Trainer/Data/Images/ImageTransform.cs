namespace Itra.Trainer.Data.Images;

/// <summary>From the size of an image to the window of it that the model sees, (Size, Size).</summary>
internal abstract class ImageTransform(int size)
{
    public int Size { get; } = size > 0 ? size : throw new ArgumentOutOfRangeException(nameof(size), size, "an image needs at least one pixel");

    public abstract ResizeWindow Place(int width, int height, CounterRandom random);
}

/// <summary>torchvision's Resize(size) and CenterCrop(size): the shorter side becomes <c>size</c>, the longer is rounded down.</summary>
internal sealed class EvalTransform(int size) : ImageTransform(size)
{
    public override ResizeWindow Place(int width, int height, CounterRandom random)
    {
        int shorter = Math.Min(width, height);
        int Resized(int side) => shorter == Size ? side : (int)((long)Size * side / shorter);
        int Offset(int side) => (int)Math.Round((side - Size) / 2.0, MidpointRounding.ToEven);

        var (resizedWidth, resizedHeight) = (Resized(width), Resized(height));
        return new(0, 0, width, height, resizedWidth, resizedHeight, Offset(resizedWidth), Offset(resizedHeight), Size);
    }
}

/// <summary>torchvision's RandomResizedCrop: a random part of the image, of random shape, stretched to (size, size).</summary>
/// <param name="size">Side of the result.</param>
/// <param name="leastArea">Smallest share of the image's area; CLIP fine-tuning uses 0.9, so that captions stay true.</param>
internal sealed class RandomResizedCrop(int size, double leastArea = 0.9) : ImageTransform(size)
{
    private const double Narrowest = 3.0 / 4, Widest = 4.0 / 3;
    private const int Tries = 10;

    private readonly double leastArea = leastArea is > 0 and <= 1
        ? leastArea
        : throw new ArgumentOutOfRangeException(nameof(leastArea), leastArea, "a share lies between 0 and 1");

    public override ResizeWindow Place(int width, int height, CounterRandom random)
    {
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            double area = (double)width * height * random.NextDouble(leastArea, 1);
            double aspect = Math.Exp(random.NextDouble(Math.Log(Narrowest), Math.Log(Widest)));
            int w = (int)Math.Round(Math.Sqrt(area * aspect)), h = (int)Math.Round(Math.Sqrt(area / aspect));
            if (w <= 0 || w > width || h <= 0 || h > height) continue;
            int top = random.NextInt(height - h + 1), left = random.NextInt(width - w + 1);
            return Stretch(left, top, w, h);
        }
        return Fallback(width, height);
    }

    // The largest centred part whose shape is allowed.
    private ResizeWindow Fallback(int width, int height)
    {
        double aspect = (double)width / height;
        var (w, h) = aspect switch
        {
            < Narrowest => (width, (int)Math.Round(width / Narrowest)),
            > Widest => ((int)Math.Round(height * Widest), height),
            _ => (width, height),
        };
        return Stretch((width - w) / 2, (height - h) / 2, w, h);
    }

    private ResizeWindow Stretch(int x, int y, int w, int h) => new(x, y, w, h, Size, Size, 0, 0, Size);
}
