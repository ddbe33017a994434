using System.Reflection;
using System.Text;
using System.Text.Json;
using Itra.Domain.Training;

namespace Itra.Tracking.Portable;

/// <summary>A recorded run in the forms of the files it is packed in.</summary>
internal static class RunWriting
{
    private static string ProgramVersion => typeof(RunWriting).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>All lines, as <see cref="RunFileReader"/> reads them.</summary>
    /// <returns>The run's story, as it passed by.</returns>
    public static async Task<RunStory> WriteAsync(this RecordedRun run, Stream target, TimeProvider clock, CancellationToken cancellation)
    {
        var story = new RunStory();
        using var writer = new RunFileWriter(target);
        await writer.WriteAsync(new RunFileHeader(run.Id, run.Head, clock.GetUtcNow(), ProgramVersion), cancellation);
        await foreach (var (line, told) in run.ReadAsync(cancellation))
        {
            await writer.WriteAsync(line, cancellation);
            if (line is EventLine e && told is not null) story.Add(e.Version, told);
        }
        await writer.EndAsync(cancellation);
        return story;
    }

    /// <summary>The run without its metric values.</summary>
    public static async Task<RunStory> TellAsync(this RecordedRun run, CancellationToken cancellation)
    {
        var story = new RunStory();
        await foreach (var (line, told) in run.ReadAsync(cancellation))
            if (line is EventLine e && told is not null) story.Add(e.Version, told);
        return story;
    }

    public static async Task WriteTableAsync(this RecordedRun run, Stream target, RunStory story, CancellationToken cancellation, bool scores = true, bool metrics = true)
    {
        await using var text = new StreamWriter(target, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        var table = new RunTable(text, story, scores, metrics);
        await table.BeginAsync();
        await foreach (var (line, told) in run.ReadAsync(cancellation)) await table.AddAsync(line, told);
    }

    /// <summary>Every setting by name, as YAML: JSON's strings are also YAML's.</summary>
    public static async Task WriteSettingsAsync(Stream target, RunSpec spec)
    {
        await using var text = new StreamWriter(target, new UTF8Encoding(false), leaveOpen: true);
        foreach (var (name, value) in spec.Config.OrderBy(c => c.Key, StringComparer.Ordinal)) await text.WriteAsync($"{Quoted(name)}: {Quoted(value)}\n");
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
