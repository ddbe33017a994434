using System.Runtime.InteropServices;
using Itra.Trainer.Native;

namespace Itra.Trainer.Data.Images;

/// <summary>
/// Decodes plain JPEG files with libturbojpeg, where the machine has it: the decoder that PIL uses, without layers above it. One
/// instance per thread.
/// </summary>
internal sealed unsafe class TurboJpeg : IDisposable
{
    private const int PixelFormatRgb = 0;
    private const int ColourSpaceGrey = 2; // 0 RGB, 1 YCbCr, 2 grey; CMYK and YCCK follow.

    private const string File = "libturbojpeg.so.0";

    private static readonly string[] Needed = ["tjInitDecompress", "tjDecompressHeader3", "tjDecompress2", "tjDestroy"];

    public static FastPath Path { get; } = FastPath.Of("turbojpeg", "JPEG files are decoded by libturbojpeg", "by libvips, to the same pixels in twice the time", () =>
        !NativeLibrary.TryLoad(File, out var library) ? $"{File} is not installed (Debian's libturbojpeg0)"
        : Array.Find(Needed, f => !NativeLibrary.TryGetExport(library, f, out _)) is { } function ? $"{File} does not export {function}" : null);

    private static readonly Functions? Library = Path.IsUsed ? new Functions(NativeLibrary.Load(File)) : null;

    private nint handle = Library is null ? 0 : Library.InitDecompress();

    public static bool IsPresent => Library is not null;

    /// <summary>Decodes to RGB; false if this file is for another decoder: not a plain JPEG, or one that made libjpeg warn.</summary>
    public bool TryDecode(ReadOnlySpan<byte> file, PixelBuffer pixels)
    {
        if (handle == 0) return false;
        fixed (byte* data = file)
        {
            int width, height, subsampling, colourSpace;
            if (Library!.DecompressHeader(handle, data, (nuint)file.Length, &width, &height, &subsampling, &colourSpace) != 0) return false;
            // A file that ends before its frame passes for one of 0 x 0.
            if (colourSpace > ColourSpaceGrey || width <= 0 || height <= 0 || (long)width * height > PixelBuffer.MostPixels) return false;

            pixels.Shape(width, height, PixelKind.Rgb);
            return Library.Decompress(handle, data, (nuint)file.Length, pixels.Data, width, pixels.Pitch, height, PixelFormatRgb, 0) == 0;
        }
    }

    public void Dispose()
    {
        if (handle != 0) Library!.Destroy(handle);
        handle = 0;
    }

    private sealed class Functions(nint library)
    {
        public readonly delegate* unmanaged<nint> InitDecompress =
            (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");

        public readonly delegate* unmanaged<nint, byte*, nuint, int*, int*, int*, int*, int> DecompressHeader =
            (delegate* unmanaged<nint, byte*, nuint, int*, int*, int*, int*, int>)NativeLibrary.GetExport(library, "tjDecompressHeader3");

        public readonly delegate* unmanaged<nint, byte*, nuint, byte*, int, int, int, int, int, int> Decompress =
            (delegate* unmanaged<nint, byte*, nuint, byte*, int, int, int, int, int, int>)NativeLibrary.GetExport(library, "tjDecompress2");

        public readonly delegate* unmanaged<nint, int> Destroy =
            (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
    }
}
