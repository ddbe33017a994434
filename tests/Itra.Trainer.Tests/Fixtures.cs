using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Itra.Trainer.Tests;

/// <summary>The reference numbers: the folder ITRA_FIXTURES, or ../shared/fixtures beside the repository, or the compact set in it.</summary>
internal static class Fixtures
{
    /// <summary>Trait of every test that reads this folder: <c>[Trait(Fixtures.Category, Fixtures.Name)]</c>.</summary>
    public const string Category = "Category";
    public const string Name = "Fixtures";

    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>ITRA_FIXTURES names the folder: what stands in it may have any content of this form.</summary>
    public static bool AreGiven => Given is { Length: > 0 };

    public static string Root { get; } = FindRoot();

    /// <summary>The part of the reference numbers that is kept in the repository.</summary>
    public static string CompactArchive => Path.Combine(RepositoryRoot(), "tests", "Itra.Trainer.Tests", "Compact", "fixtures.zip");

    /// <summary>The path of a fixture; skips the running test, by name, when this folder lacks it.</summary>
    public static string Find(params string[] parts)
    {
        var path = Path.GetFullPath(Path.Combine([Root, .. parts]));
        if (!File.Exists(path) && !Directory.Exists(path))
            Assert.Skip($"no fixture {string.Join('/', parts)} in {Path.GetFullPath(Root)} (set ITRA_FIXTURES)");
        return path;
    }

    public static T ReadJson<T>(params string[] parts) =>
        JsonSerializer.Deserialize<T>(File.ReadAllBytes(Find(parts)), SnakeCase)!;

    public static NpyArray ReadNpy(params string[] parts) => NpyArray.Read(Find(parts));

    /// <summary>Folders of reference models, found by their model_config.json; empty when there are none.</summary>
    public static IReadOnlyList<string> ModelFolders() =>
        !Directory.Exists(Root) ? [] :
        [.. Directory.GetDirectories(Root).Where(f => File.Exists(Path.Combine(f, "model_config.json"))).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static string? Given => Environment.GetEnvironmentVariable("ITRA_FIXTURES");

    private static string FindRoot()
    {
        if (Given is { Length: > 0 } given) return given;
        var full = Path.Combine(RepositoryRoot(), "..", "shared", "fixtures");
        if (Directory.Exists(full)) return full;
        var unpacked = Directory.CreateTempSubdirectory("itra-fixtures-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(unpacked, recursive: true);
        ZipFile.ExtractToDirectory(CompactArchive, unpacked);
        return unpacked;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Itra.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Itra.sln is not above " + AppContext.BaseDirectory);
    }
}
