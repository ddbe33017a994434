using Itra.Domain;

namespace Itra.Trainer.Native;

/// <summary>Something below the public surface of .NET and TorchSharp that makes Itra fast, and that it works without.</summary>
/// <param name="Name">As <see cref="Variable"/> takes it.</param>
/// <param name="For">What it does.</param>
/// <param name="Otherwise">What is done where it cannot be used.</param>
/// <param name="Missing">Why it is not used here; null if it is.</param>
public sealed record FastPath(string Name, string For, string Otherwise, string? Missing)
{
    /// <summary>Environment variable with a comma list of paths that are not to be taken.</summary>
    public const string Variable = "ITRA_WITHOUT";

    // Asked for by code that runs before anything else: no check here, see FastPaths.
    private static readonly string[] Declined = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public bool IsUsed => Missing is null;

    /// <summary>Whether numbers may have other last digits without it.</summary>
    public bool ChangesDigits { get; init; }

    internal static IReadOnlyList<string> DeclinedNames => Declined;

    /// <summary>One that is used unless somebody does not want it, or something is missing.</summary>
    /// <param name="missing">Looks for what it needs, and says what is not there; null if all is.</param>
    internal static FastPath Of(string name, string what, string otherwise, Func<string?> missing) =>
        new(name, what, otherwise, Declined.Contains(name) ? $"{Variable} says so" : missing());

    /// <summary>One that needs functions of libtorch which TorchSharp does not wrap.</summary>
    /// <exception cref="UserErrorException">There is no libtorch that can be used.</exception>
    internal static FastPath OfTorch(string name, string what, string otherwise, params string[] symbols) => Of(name, what, otherwise, () =>
        Array.Find(symbols, s => !TorchLibraries.Exports(s)) is { } symbol ? $"the libtorch in use does not export {symbol}" : null);

    /// <summary>One that needs a function of the C library.</summary>
    internal static FastPath OfC(string name, string what, string otherwise, string function, nint address) =>
        Of(name, what, otherwise, () => address == 0 ? $"the C library has no {function}" : null);
}
