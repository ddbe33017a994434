using System.Globalization;
using System.Text.RegularExpressions;
using Itra.Domain;
using Itra.Tracking.Postgres;

namespace Itra.Tracking.Reading;

/// <summary>A moment of the past in which commands can look at the store: what was recorded later is not there.</summary>
public abstract partial record PointInTime
{
    /// <summary>By the times that events carry.</summary>
    public sealed record Moment(DateTimeOffset At) : PointInTime
    {
        internal override string Sealed(string seal) => Covers("", "", seal + ".at");

        internal override string Covers(string stream, string version, string at) =>
            $"{at} <= timestamptz '{At.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}+00'";
    }

    /// <summary>By what a seal of the ledger covers.</summary>
    public sealed record Seal(long Number) : PointInTime
    {
        internal override string Sealed(string seal) => $"{seal}.number <= {Number}";

        internal override string Covers(string stream, string version, string at) =>
            $"{version} <= coalesce((select leaf.version from {TrackingSchema.Name}.seal_leaf leaf where leaf.stream_id = {stream} and leaf.seal <= {Number} order by leaf.seal desc limit 1), 0)";
    }

    /// <summary>Reads <c>2026-11-24</c> (its end), <c>2026-11-24T18:30</c> (local unless it has a zone), or <c>seal:12</c>.</summary>
    /// <exception cref="UserErrorException">It is none of these.</exception>
    public static PointInTime Parse(string text, TimeZoneInfo zone)
    {
        if (SealForm().Match(text) is { Success: true } seal) return new Seal(long.Parse(seal.Groups[1].Value, CultureInfo.InvariantCulture));
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new Moment(Local(day.AddDays(1).ToDateTime(TimeOnly.MinValue), zone).AddTicks(-TimeSpan.TicksPerMicrosecond));
        if (!TimeForm().IsMatch(text)) throw Unreadable(text);
        if (ZoneForm().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)) return new Moment(at);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ? new Moment(Local(local, zone)) : throw Unreadable(text);
    }

    /// <exception cref="UserErrorException">There is no such seal.</exception>
    public async Task MustBeKnownAsync(TrackingDatabase database, CancellationToken cancellation)
    {
        if (this is not Seal { Number: var number }) return;
        var last = await database.QueryAsync($"select coalesce(max(number), 0) from {TrackingSchema.Name}.seal", r => r.GetInt64(0), cancellation);
        if (last is not [var highest] || number > highest || number < 1)
            throw new UserErrorException(last is [> 0] ? $"there is no seal {number}: the last one is {last[0]}" : $"there is no seal {number}: nothing has been sealed yet");
    }

    /// <summary>The condition over rows <c>e</c> of <c>mt_events</c>; true for now.</summary>
    internal static string OfEvents(PointInTime? asOf) => asOf?.Covers("e.stream_id", "e.version", "(e.data->>'at')::timestamptz") ?? "true";

    /// <summary>A condition in SQL: whether the event with this stream, version and time was there.</summary>
    internal abstract string Covers(string stream, string version, string at);

    /// <summary>The same for a row of seals.</summary>
    internal abstract string Sealed(string seal);

    private static DateTimeOffset Local(DateTime time, TimeZoneInfo zone) => new(time, zone.GetUtcOffset(time));

    private static UserErrorException Unreadable(string text) =>
        new($"--as-of takes a date, a time or a seal, not '{text}': 2026-11-24, 2026-11-24T18:30, 2026-11-24T18:30Z or seal:12");

    [GeneratedRegex(@"^seal:(\d{1,18})$")]
    private static partial Regex SealForm();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")]
    private static partial Regex TimeForm();

    [GeneratedRegex(@"(Z|[+-]\d{2}(:?\d{2})?)$")]
    private static partial Regex ZoneForm();
}
