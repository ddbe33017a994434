using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Itra.Domain;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace Itra.Trainer.Clip;

/// <summary>The files that ITRA's users expect of a run, below <c>--logs</c>/<c>--name</c>. None of them is needed to reproduce it.</summary>
public sealed class RunFolder
{
    /// <summary>Value of --logs that keeps no files.</summary>
    public const string None = "none";

    private RunFolder(string path) => Root = path;

    public string Root { get; }

    public string Log => Path.Combine(Root, "out.log");

    public string Checkpoints => Path.Combine(Root, "checkpoints");

    public string TensorBoard => Path.Combine(Root, "tensorboard");

    private string Results => Path.Combine(Root, "results.jsonl");

    /// <summary>Settles the name of a new run and makes its folder, so that no other run writes there.</summary>
    /// <returns>
    /// The configuration with the name in it; a name that is taken gets the time appended, as in the original. And the outermost folder that had
    /// to be made, for <see cref="Release"/>; null with --logs none.
    /// </returns>
    /// <exception cref="UserErrorException">The folder cannot be made.</exception>
    public static (ClipConfig Settled, string? Made) Reserve(ClipConfig config, TimeProvider clock)
    {
        var time = clock.GetLocalNow().ToString("MM_dd-HH_mm_ss", CultureInfo.InvariantCulture);
        var name = config.Name ?? GeneratedName(config, time);
        if (config.Logs == None) return (config with { Name = name }, null);
        if (Directory.Exists(Path.Combine(config.Logs, name))) name = $"{name}-{time}";
        for (var i = 2; Directory.Exists(Path.Combine(config.Logs, name)); i++) name = $"{name}-{i}";
        var folder = Path.GetFullPath(Path.Combine(config.Logs, name));
        var made = folder;
        while (Path.GetDirectoryName(made) is { } parent && !Directory.Exists(parent)) made = parent;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the run's folder {folder} cannot be made: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        return (config with { Name = name }, made);
    }

    /// <summary>Gives a reserved folder back, because there is no run after all, with those that were made around it. One that holds a file stays.</summary>
    public static void Release(string? made)
    {
        if (Directory.Exists(made) && !Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories).Any()) Directory.Delete(made, recursive: true);
    }

    /// <summary>The folder of a run whose name is settled, or null if it keeps no files.</summary>
    public static RunFolder? Of(ClipConfig config)
    {
        if (config.Logs == None) return null;
        var folder = new RunFolder(Path.Combine(config.Logs, config.Name ?? throw new ArgumentException("the run has no name yet")));
        Directory.CreateDirectory(folder.Checkpoints);
        return folder;
    }

    /// <summary>The log of a process that follows the one that has the folder; as in the original out-1.log and so on. Null with --logs none.</summary>
    /// <param name="name">As process 0 has settled it.</param>
    /// <exception cref="UserErrorException">The folder cannot be made.</exception>
    public static string? LogOf(string logs, string name, int process)
    {
        if (logs == None) return null;
        var folder = Path.Combine(logs, name);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the folder {folder} of this process's log cannot be made: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        return Path.Combine(folder, $"out-{process}.log");
    }

    /// <summary>params.yml: every setting, by underscored name, in a form that --config-yaml reads.</summary>
    public void WriteParams(ClipConfig config) =>
        File.WriteAllText(Path.Combine(Root, "params.yml"), new SerializerBuilder().WithEventEmitter(next => new QuotedTexts(next)).Build().Serialize(ClipConfig.Flags.ToDictionary(f => f.Key, f => f.Property.GetValue(config))));

    /// <summary>Leaves the first lines of results.jsonl, as many as count where a run goes on; later ones are written again.</summary>
    /// <returns>How many there are.</returns>
    public int KeepResults(int most)
    {
        if (!File.Exists(Results)) return 0;
        string[] kept = [.. File.ReadLines(Results).Take(most)];
        File.WriteAllLines(Results + ".tmp", kept);
        File.Move(Results + ".tmp", Results, overwrite: true);
        return kept.Length;
    }

    /// <summary>results.jsonl: one line per evaluation, scores rounded to two decimals as in the original.</summary>
    public void AppendResult(IReadOnlyDictionary<string, double> scores) =>
        File.AppendAllText(Results, JsonSerializer.Serialize(scores.ToDictionary(s => s.Key, s => Math.Round(s.Value, 2))) + "\n");

    private static string GeneratedName(ClipConfig config, string time) => string.Join('-',
        config.LockImageModel ? "L" : "U", $"[{Flat(config.ImageModel)}-h{config.ImageHeadNLayers}]",
        config.LockTextModel ? "L" : "U", $"[{Flat(config.TextModel)}-h{config.TextHeadNLayers}]",
        $"b_{config.BatchSize}", $"ep_{config.Epochs}", time);

    /// <summary>Quotes what YAML would read as something else, or not at all: a tab, "null", "1e-5" where a name stands, nothing.</summary>
    private sealed class QuotedTexts(IEventEmitter next) : ChainedEventEmitter(next)
    {
        private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./");
        private static readonly string[] Words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && !IsPlain(text)) eventInfo.Style = ScalarStyle.DoubleQuoted;
            base.Emit(eventInfo, emitter);
        }

        private static bool IsPlain(string text) =>
            text.Length > 0 && char.IsAsciiLetter(text[0]) && text.AsSpan().IndexOfAnyExcept(Plain) < 0 && !Words.Contains(text, StringComparer.OrdinalIgnoreCase);
    }

    private static string Flat(string model) => model.Replace('/', '_');
}
