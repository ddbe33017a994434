using Itra.Domain;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Portable.Packages;

/// <summary>A file or folder that gets its name when it is complete. What was begun and not published is removed.</summary>
internal sealed class Draft : IDisposable
{
    private readonly string target;
    private readonly bool overwrite;

    /// <param name="target">Ends with a slash if it is to be a folder.</param>
    /// <exception cref="UserErrorException">Something is there already, or it has no place.</exception>
    public Draft(string target, bool overwrite)
    {
        IsFolder = System.IO.Path.EndsInDirectorySeparator(target);
        (this.target, this.overwrite) = (System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target)), overwrite);
        var parent = System.IO.Path.GetDirectoryName(this.target) ?? throw new UserErrorException($"{target} cannot be written to: give another place with --to");
        if (!Directory.Exists(parent)) throw new UserErrorException($"there is no folder {parent}: make it, or give another place with --to");
        Refuse();
        Path = $"{this.target}.{System.IO.Path.GetRandomFileName()}.draft";
        if (IsFolder) Directory.CreateDirectory(Path);
    }

    public bool IsFolder { get; }

    /// <summary>Where to write meanwhile.</summary>
    public string Path { get; }

    public void Publish()
    {
        Refuse();
        if (!IsFolder)
        {
            using (var written = File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(written);
            File.Move(Path, target, overwrite);
        }
        else
        {
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(Path, target);
        }
        Durable.Directory(System.IO.Path.GetDirectoryName(target)!);
    }

    public void Dispose()
    {
        if (File.Exists(Path)) File.Delete(Path);
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }

    private void Refuse()
    {
        if (System.IO.Path.Exists(target) && !overwrite) throw new UserErrorException($"{target} is there already: --force replaces it, --to gives another place");
        // A folder of somebody's own files is not replaced, whatever is forced.
        if (File.Exists(target) ? IsFolder : Directory.Exists(target) && !(IsFolder && File.Exists(System.IO.Path.Combine(target, CrateFiles.Metadata))))
            throw new UserErrorException($"{target} is {(IsFolder ? "no crate" : "a folder")}: give another place with --to");
    }
}
