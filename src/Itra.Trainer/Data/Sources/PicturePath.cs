namespace Itra.Trainer.Data.Sources;

/// <summary>Paths of images as the files of data sets have them, which may come from anywhere.</summary>
internal static class PicturePath
{
    /// <summary>Whether it leads out of the folder of its images, or is no path at all.</summary>
    public static bool IsTrick(string path) => path.Contains('\0') || path.Split('/').Contains("..");
}
