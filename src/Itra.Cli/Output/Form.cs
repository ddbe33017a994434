using System.Globalization;

namespace Itra.Cli.Output;

/// <summary>How numbers and times are written in tables.</summary>
internal static class Form
{
    public static string Percent(double? value) => value?.ToString("F2", CultureInfo.InvariantCulture) ?? "";

    public static string Loss(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "";

    public static string Rate(double? value) => value?.ToString("0.##E+0", CultureInfo.InvariantCulture).Replace("E", "e").Replace("e+", "e") ?? "";

    /// <summary>One name if both towers are of one model; of a model_config.json, its last part.</summary>
    public static string Models(string image, string text) => image == text ? Path.GetFileName(image) : $"{Path.GetFileName(image)} + {Path.GetFileName(text)}";

    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):F1} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):F1} MiB",
        >= 1L << 10 => $"{bytes / (double)(1L << 10):F1} KiB",
        _ => $"{bytes} B",
    };

    /// <summary>Enough of a digest to recognise it.</summary>
    public static string Digest(string? sha256) => sha256?[..Math.Min(12, sha256.Length)] ?? "";

    public static string Moment(DateTimeOffset? at) => at?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    public static string Duration(TimeSpan? span) => span switch
    {
        null => "",
        { TotalHours: >= 1 } s => $"{(int)s.TotalHours}h{s.Minutes:D2}m",
        { TotalMinutes: >= 1 } s => $"{s.Minutes}m{s.Seconds:D2}s",
        { } s => $"{s.TotalSeconds:F0}s",
    };
}
