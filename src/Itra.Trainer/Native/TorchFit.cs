using Itra.Domain;

namespace Itra.Trainer.Native;

/// <summary>Whether the compiled half of TorchSharp can work with a libtorch it was not built with.</summary>
internal static class TorchFit
{
    // What it was built for, and the one after, which is refused as soon as it lacks anything.
    private static readonly string[] Versions = ["2.10", "2.11"];

    private const int Named = 3;

    /// <param name="binding">Path of libLibTorchSharp.so.</param>
    /// <param name="named">How the folder was named, for the message.</param>
    /// <exception cref="UserErrorException">It cannot. A function that is missing would end the process when it is first called.</exception>
    public static void Check(TorchFolder folder, string binding, string named)
    {
        var version = folder.Version;
        if (version is not null && !Versions.Any(v => version == v || version.StartsWith(v + ".", StringComparison.Ordinal)))
            throw new UserErrorException($"{named}: that is libtorch {version}, and Itra's binding works with {string.Join(" and ", Versions)}: install one of these, or leave the variable out");
        if (Missing(folder, binding) is { Count: > 0 } missing)
            throw new UserErrorException($"{named}: that libtorch ({version ?? "it does not say which version"}) lacks {missing.Count} functions that Itra's binding for {Versions[0]} calls, first {string.Join(", ", missing.Take(Named))}: install PyTorch {Versions[0]}, or leave the variable out");
    }

    /// <summary>Names of the functions that the binding needs and none of the libraries has, in order.</summary>
    /// <exception cref="UserErrorException">A file there is no library.</exception>
    public static IReadOnlyList<string> Missing(TorchFolder folder, string binding)
    {
        var needed = new ElfSymbols(binding).Needed;
        foreach (var library in folder.Libraries)
        {
            try
            {
                needed.ExceptWith(new ElfSymbols(library).Exported);
            }
            catch (InvalidDataException e)
            {
                throw new UserErrorException($"{library} cannot be used as libtorch: {e.Message}", e);
            }
        }
        return [.. needed.Order(StringComparer.Ordinal)];
    }
}
