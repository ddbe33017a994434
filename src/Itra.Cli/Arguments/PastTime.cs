using System.Globalization;
using Itra.Domain;

namespace Itra.Cli.Arguments;

/// <summary>A time that somebody types: a date, a date with a time (local unless it names a zone), or how long ago.</summary>
internal static class PastTime
{
    /// <param name="endOfDay">A date alone stands for its end rather than for its beginning.</param>
    /// <exception cref="UserErrorException">It is none of these.</exception>
    public static DateTimeOffset Read(string text, TimeProvider clock, bool endOfDay = false)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return Local(day.AddDays(endOfDay ? 1 : 0).ToDateTime(TimeOnly.MinValue), clock);
        // Without a year in front, others would be guessed at.
        if (text.Length > 10 && text[4] == '-' && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time))
            return time.Kind == DateTimeKind.Unspecified ? Local(time, clock) : new DateTimeOffset(time);
        if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && Unit(text[^1]) is { } unit) return clock.GetUtcNow() - count * unit;
        throw new UserErrorException($"'{text}' is no time: write 2026-03-01, 2026-03-01T12:30, 2026-03-01T12:30:00Z, or how long ago: 3d, 12h, 30m");
    }

    private static DateTimeOffset Local(DateTime time, TimeProvider clock) => new(time, clock.LocalTimeZone.GetUtcOffset(time));

    private static TimeSpan? Unit(char unit) => unit switch
    {
        'd' => TimeSpan.FromDays(1),
        'h' => TimeSpan.FromHours(1),
        'm' => TimeSpan.FromMinutes(1),
        _ => null,
    };
}
