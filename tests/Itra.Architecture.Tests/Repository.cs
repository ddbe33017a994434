namespace Itra.Architecture.Tests;

internal static class Repository
{
    /// <summary>The folder that holds Itra.sln, found upwards from the test binary.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Itra.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Itra.sln is not above " + AppContext.BaseDirectory);
    }
}
