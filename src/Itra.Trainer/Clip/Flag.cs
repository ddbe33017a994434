using System.Globalization;
using System.Reflection;
using Itra.Domain;

namespace Itra.Trainer.Clip;

/// <summary>Marks a setting of <see cref="ClipConfig"/> that is also a flag of the command line.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FlagAttribute(string name, string group, string help) : Attribute
{
    public string Name => name;

    public string Group => group;

    public string Help => help;
}

/// <summary>A flag as people type it.</summary>
/// <param name="Name">Exact spelling in the guide, without the dashes: <c>batch-size</c>, but <c>weight_decay</c>.</param>
/// <param name="Key">The underscored name that configurations and events use.</param>
/// <param name="Type">bool (present or absent), int, double, string, or double[] (several values).</param>
/// <param name="Default">Invariant text; empty for none.</param>
public sealed record Flag(string Name, string Key, Type Type, string Default, string Group, string Help)
{
    public required PropertyInfo Property { get; init; }

    /// <summary>Reads a value.</summary>
    /// <exception cref="UserErrorException">The text is no value of this flag's type.</exception>
    internal object? Read(string text) => Type switch
    {
        _ when Type == typeof(string) => text.Length == 0 ? null : text,
        _ when text.Length == 0 && Type != typeof(bool) => null,
        _ when Type == typeof(bool) => text switch { "true" or "True" => true, "false" or "False" or "" => false, _ => throw Refuse(text, "true or false") },
        _ when Type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i) ? i : throw Refuse(text, "a whole number"),
        _ when Type == typeof(double) => Number(text),
        _ when Type == typeof(double[]) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number).ToArray(),
        _ => throw new InvalidOperationException($"--{Name} has a type that is not readable: {Type}"),
    };

    internal static string Write(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        double[] many => string.Join(' ', many.Select(d => d.ToString("R", CultureInfo.InvariantCulture))),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) && double.IsFinite(d) ? d : throw Refuse(text, "a number");

    private UserErrorException Refuse(string text, string wanted) => new($"--{Name} takes {wanted}, not '{text}'");
}
