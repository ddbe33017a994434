namespace Itra.Tracking.Portable.Packages;

/// <summary>A file in a package.</summary>
internal sealed record PackedFile(string Name, string Sha256, long Bytes);

/// <summary>Takes files, one after another.</summary>
internal interface IPackage : IAsyncDisposable
{
    /// <param name="name">With slashes, relative to the package.</param>
    /// <param name="compress">False for what is dense already.</param>
    Task<PackedFile> AddAsync(string name, bool compress, Func<Stream, Task> write);
}
