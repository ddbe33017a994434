using Itra.Domain;

namespace Itra.Trainer.Data;

/// <summary>An image that is missing, cut short or not an image. Itra stops there, unless it was asked to skip such samples.</summary>
internal sealed class BrokenImageException(string path, string reason, Exception? inner = null)
    : UserErrorException($"{path}: {reason}: replace the file, or pass --skip-broken to leave such samples out", inner)
{
    public string Path { get; } = path;

    public string Reason { get; } = reason;
}
