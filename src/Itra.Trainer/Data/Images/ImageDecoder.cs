namespace Itra.Trainer.Data.Images;

/// <summary>Reads an image file as PIL's <c>Image.open(path)</c> reads it: EXIF orientation and colour profiles are ignored. One per thread.</summary>
internal sealed class ImageDecoder(bool useTurboJpeg = true) : IDisposable
{
    private readonly TurboJpeg? jpeg = useTurboJpeg && TurboJpeg.IsPresent ? new TurboJpeg() : null;
    private byte[] file = [];

    /// <exception cref="BrokenImageException">The file is missing, empty, cut short or no image.</exception>
    public void Decode(string path, PixelBuffer pixels)
    {
        int length = ReadFile(path);
        // A warning of libjpeg may be harmless or mean a cut file; libvips knows the two apart.
        if (jpeg is not null && IsJpeg && jpeg.TryDecode(file.AsSpan(0, length), pixels)) return;
        VipsDecoder.Decode(path, file[..length], pixels);
    }

    public void Dispose() => jpeg?.Dispose();

    private bool IsJpeg => file is [0xFF, 0xD8, ..];

    private int ReadFile(string path)
    {
        if (RegularFile.Objection(path) is { } objection) throw new BrokenImageException(path, objection);
        try
        {
            using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(handle);
            if (length is 0 or > int.MaxValue / 2) throw new BrokenImageException(path, length == 0 ? "the file is empty" : "the file is too large for an image");
            if (file.Length < length) file = new byte[length * 5 / 4];

            int read = 0;
            while (read < length && RandomAccess.Read(handle, file.AsSpan(read, (int)length - read), read) is > 0 and var more) read += more;
            return read;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BrokenImageException(path, "the file does not exist", missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new BrokenImageException(path, "the file may not be read", denied);
        }
    }
}
