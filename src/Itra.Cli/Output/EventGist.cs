using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>An event on one line of a terminal. The whole is in the JSON.</summary>
internal static class EventGist
{
    private const int LongestText = 40;

    /// <param name="type">Stored name.</param>
    /// <param name="width">Most characters to use.</param>
    public static string Of(string type, JsonElement data, int width) =>
        Cut(OfBoard(type, data) ?? (EventJson.Read(type, data.GetRawText()) is { } e ? Told(e) : null) ?? Plain(data), width);

    /// <summary>What matters of an event whose plain values would not say it; null for all others.</summary>
    private static string? Told(RunEvent e) => e switch
    {
        RunRegistered r => $"{r.Spec.Name}: {r.Spec.Trainer}, experiment {r.Spec.Experiment}, seed {r.Spec.Seed}{(r.Origin is { } origin ? $", {Origin(origin)}" : "")}",
        RunResumed r => $"{(r.CheckpointSha256 is { } k ? $"from epoch {r.Epoch}, update {r.Updates}, checkpoint {Form.Digest(k)}" : "from the start")}, on {r.Host}, process {r.ProcessId}",
        InputFingerprinted i => $"{i.Role} {i.FileName}, {Form.Bytes(i.File.Bytes)}, sha256 {Form.Digest(i.File.Sha256)}{(i.Kept ? ", kept" : "")}",
        DatasetFingerprinted d => $"{d.Role} {d.Dataset.Name}: {Form.Count(d.Dataset.Items)} items, {Form.Count(d.Dataset.Captions)} captions, sha256 {Form.Digest(d.Dataset.Digest)}",
        RetrievalEvaluated r => $"epoch {r.Epoch}, {r.Weights} on {r.Dataset}: mean recall {Form.Percent(r.Scores.MeanRecall)}",
        ClassificationEvaluated c => $"epoch {c.Epoch}, {c.Method}, {c.Weights} on {c.Dataset}: {Scores(c.Scores)}",
        WiseFtEvaluated w => $"alpha {w.Alpha:0.####} at epoch {w.Epoch}: {Scores(w.Scores)}",
        CheckpointSaved c => $"{c.FileName} after epoch {c.Epoch}, step {c.Updates ?? c.Step}, {Form.Bytes(c.Artifact.Bytes)}, sha256 {Form.Digest(c.Artifact.Sha256)}",
        CheckpointPinned p => $"sha256 {Form.Digest(p.Sha256)} pinned by {p.By}{(p.Reason is { } reason ? $": {reason}" : "")}",
        CheckpointDeleted d => $"sha256 {Form.Digest(d.Sha256)}, {Form.Bytes(d.Bytes)}, by {d.By}: {d.Reason}",
        ReproductionJudged j => $"{j.Reproduction} repeats {j.Original}: {VerdictText.Of(j)}",
        _ => null,
    };

    /// <summary>Leaderboards have a vocabulary of their own.</summary>
    private static string? OfBoard(string type, JsonElement data) => type switch
    {
        "leaderboard_defined" => $"version {data.GetProperty("version")}: {Ranked(data.GetProperty("definition"))}",
        "external_rows_added" => string.Join(", ", data.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("name").GetString())),
        _ => null,
    };

    private static string Ranked(JsonElement definition) => string.Join(" ", new[] { "metric", "formula", "dataset" }
        .Where(name => definition.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String).Select(name => $"{name} {definition.GetProperty(name).GetString()}"));

    public static string Origin(RunOrigin origin) => origin.Kind == OriginKind.Branch ? $"branch of {origin.RunId} at epoch {origin.Epoch}" : $"reproduction of {origin.RunId}";

    private static string Scores(IReadOnlyDictionary<string, double> scores) => string.Join(", ", scores.OrderBy(s => s.Key.Length).Take(3).Select(s => $"{s.Key} {Form.Percent(s.Value)}"));

    /// <summary>Plain values by name, the rest by its size. The time has a column of its own.</summary>
    private static string Plain(JsonElement data) =>
        string.Join(", ", data.EnumerateObject().Where(p => p.Name != "at").Select(p => $"{p.Name.Replace('_', ' ')} {Value(p.Value)}"));

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when !value.TryGetInt64(out _) => $"{value.GetDouble():G4}",
        JsonValueKind.String => Cut(value.GetString()!, LongestText),
        JsonValueKind.Array => $"[{value.GetArrayLength()}]",
        JsonValueKind.Object => $"({string.Join(", ", value.EnumerateObject().Where(p => p.Value.ValueKind is JsonValueKind.Number or JsonValueKind.String).Select(p => $"{p.Name.Replace('_', ' ')} {Value(p.Value)}"))})",
        _ => value.GetRawText(),
    };

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width - 1)] + "…";
}
