using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Portable;

namespace Itra.Tracking.Runs;

/// <summary>The one form of events and documents as JSON: in the store, in what commands print, in golden files.</summary>
public static class EventJson
{
    /// <summary>snake_case names, enums as text, NaN and the infinities as text, and strings that PostgreSQL can hold.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    private static readonly JsonSerializerOptions Strict = new(Options) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false };

    public static string Write(RunEvent e) => JsonSerializer.Serialize(e, e.GetType(), Options);

    public static string Write(LeaderboardEvent e) => JsonSerializer.Serialize(e, e.GetType(), Options);

    /// <summary>Reads the event stored under a name; null if this program does not know that name.</summary>
    public static RunEvent? Read(string storedName, string json) =>
        TrackingRegistration.Events.TryGetValue(storedName, out var type) ? (RunEvent?)JsonSerializer.Deserialize(json, type, Options) : null;

    /// <summary>The same, from UTF-8.</summary>
    public static RunEvent? Read(string storedName, ReadOnlySpan<byte> json) =>
        TrackingRegistration.Events.TryGetValue(storedName, out var type) ? (RunEvent?)JsonSerializer.Deserialize(json, type, Options) : null;

    /// <summary>The same for an event of a leaderboard.</summary>
    public static LeaderboardEvent? ReadLeaderboard(string storedName, string json) =>
        TrackingRegistration.LeaderboardEvents.TryGetValue(storedName, out var type) ? (LeaderboardEvent?)JsonSerializer.Deserialize(json, type, Options) : null;

    /// <summary>Reads an event that somebody else may have written: null where there is always a value, or a key twice, is no event.</summary>
    /// <returns>Null if this program does not know that name.</returns>
    /// <exception cref="JsonException">It is not that event.</exception>
    internal static RunEvent? ReadForeign(string storedName, string json)
    {
        if (!TrackingRegistration.Events.TryGetValue(storedName, out var type)) return null;
        try
        {
            var e = (RunEvent?)JsonSerializer.Deserialize(json, type, Strict) ?? throw new JsonException("it is null");
            return Hole.In(json) is { } hole ? throw new JsonException($"'{hole}' holds null") : e;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    internal static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        // Keys of dictionaries are names that somebody gave: data sets, settings, metrics.
        options.DictionaryKeyPolicy = null;
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Insert(0, new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        options.Converters.Insert(0, new StorableText());
        // Generated code first, because a command that only reads has no time to reflect.
        options.TypeInfoResolver = JsonTypeInfoResolver.Combine(TrackingJson.Default, new DefaultJsonTypeInfoResolver());
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions();
        Configure(options);
        options.MakeReadOnly();
        return options;
    }
}

[JsonSerializable(typeof(RunRegistered))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(RunResumed))]
[JsonSerializable(typeof(InputFingerprinted))]
[JsonSerializable(typeof(DatasetFingerprinted))]
[JsonSerializable(typeof(ModelInitialised))]
[JsonSerializable(typeof(StartedFromCheckpoint))]
[JsonSerializable(typeof(TrainingPlanned))]
[JsonSerializable(typeof(MetricsLogged))]
[JsonSerializable(typeof(SamplesSkipped))]
[JsonSerializable(typeof(EpochCompleted))]
[JsonSerializable(typeof(RetrievalEvaluated))]
[JsonSerializable(typeof(ClassificationEvaluated))]
[JsonSerializable(typeof(WiseFtEvaluated))]
[JsonSerializable(typeof(CheckpointSaved))]
[JsonSerializable(typeof(CheckpointPinned))]
[JsonSerializable(typeof(CheckpointUnpinned))]
[JsonSerializable(typeof(CheckpointDeleted))]
[JsonSerializable(typeof(RunCompleted))]
[JsonSerializable(typeof(RunFailed))]
[JsonSerializable(typeof(RunCancelled))]
[JsonSerializable(typeof(ReproductionJudged))]
[JsonSerializable(typeof(IReadOnlyList<RunSummary>))]
[JsonSerializable(typeof(LeaderboardDefined))]
[JsonSerializable(typeof(ExternalRowsAdded))]
[JsonSerializable(typeof(IReadOnlyList<LeaderboardRow>))]
internal sealed partial class TrackingJson : JsonSerializerContext;
