using Itra.Cli.Sweeps;

namespace Itra.Cli.Tests.Sweeps;

/// <summary>The recipes of the repository, and ones made up for a test.</summary>
internal static class Recipes
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(Root, "recipes"), "*.yaml").Order(StringComparer.Ordinal);

    public static Recipe Load(string name) => RecipeFile.Load(Path.Combine(Root, "recipes", name + ".yaml"));

    /// <summary>Writes a recipe to a file of its own and reads it.</summary>
    public static Recipe Parse(string yaml)
    {
        var path = Path.Combine(Path.GetTempPath(), $"itra-recipe-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, yaml);
        try
        {
            return RecipeFile.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static IReadOnlyList<PlannedTrial> Plan(Recipe recipe, params string[] set) => PlannedTrial.Of(recipe, Overrides.Parse(set, datasetsDirectory: null));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Itra.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Itra.sln is not above " + AppContext.BaseDirectory);
    }
}
