using Itra.Domain;

namespace Itra.Tracking.Audit;

/// <summary>A seal as a file that somebody keeps elsewhere.</summary>
public static class SealExport
{
    /// <exception cref="UserErrorException">There is something else under that name, or it cannot be written.</exception>
    public static async Task<ExportedSeal> ToFileAsync(Seal seal, string file, CancellationToken cancellation)
    {
        try
        {
            if (File.Exists(file) && await File.ReadAllTextAsync(file, cancellation) != SealFolder.Text(seal))
                throw new UserErrorException($"{file} is there and is not this seal: name another file");
            await File.WriteAllTextAsync(file, SealFolder.Text(seal), cancellation);
            return new ExportedSeal(Path.GetFullPath(file), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{file} cannot be written ({e.Message}): name another file", e);
        }
    }
}
