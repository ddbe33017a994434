using System.IO.Compression;
using Itra.Domain;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data.Classification;

/// <summary>Files of published data sets that hold many images or labels, one record after another.</summary>
internal static class DataFile
{
    private const int LargestUnzipped = 1 << 30;

    /// <summary>All bytes of a file, or of the same file with <c>.gz</c> behind its name.</summary>
    /// <exception cref="UserErrorException">There is neither, or it is too large, or no gzip file.</exception>
    public static (byte[] Bytes, SetFile File) Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        foreach (var candidate in (string[])[path, path + ".gz"])
            if (RegularFile.Objection(candidate) is { } objection) throw new UserErrorException($"{candidate}: {objection}: put the published file there");
        if (!File.Exists(path) && File.Exists(path + ".gz")) return (Unzip(path + ".gz"), new SetFile(name + ".gz", path + ".gz"));
        if (!File.Exists(path)) throw new UserErrorException($"{path} is missing: complete the data set, or leave it out");
        if (new FileInfo(path).Length > Array.MaxLength) throw new UserErrorException($"{path} is larger than any published file of this kind: is it the right one?");
        return (File.ReadAllBytes(path), new SetFile(name, path));
    }

    /// <summary>How many records a file has.</summary>
    /// <exception cref="UserErrorException">Not a whole number, or none.</exception>
    public static int Records(string path, long bytes, int record) => bytes > 0 && bytes % record == 0
        ? checked((int)(bytes / record))
        : throw new UserErrorException($"{path}: its {bytes} bytes are no whole number of records of {record} bytes: it is cut short, or not the binary version; download it again");

    /// <exception cref="UserErrorException">The label is not one of the set's.</exception>
    public static LabelledPixels Image(string path, int index, byte[] bytes, int offset, PixelLayout layout, int label, ClassPrompts prompts) => label >= 0 && label < prompts.Names.Count
        ? new LabelledPixels(new StoredPixels(bytes.AsMemory(offset, layout.Length), layout), label)
        : throw new UserErrorException($"{path}: image {index} has label {label}, but there are {prompts.Names.Count} classes: is it the right file?");

    private static byte[] Unzip(string path)
    {
        try
        {
            using var zipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            using var bytes = new MemoryStream();
            var block = new byte[1 << 16];
            for (int read; (read = zipped.Read(block)) > 0;)
            {
                if (bytes.Length + read > LargestUnzipped) throw new UserErrorException($"{path} unfolds to more than any published file of this kind has: is it the right one?");
                bytes.Write(block, 0, read);
            }
            return bytes.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException($"{path} is damaged ({e.Message.TrimEnd('.')}): download it again", e);
        }
    }
}
