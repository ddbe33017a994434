using System.Runtime.CompilerServices;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;

namespace Itra.Tracking.Portable.Imports;

/// <summary>What was found in a file that is sound.</summary>
/// <param name="Artifacts">Stored files that the run refers to.</param>
internal sealed record SoundRun(RunFileHeader Header, string Name, long MetricValues, IReadOnlyDictionary<string, Artifact> Artifacts);

/// <summary>Reads a packed run, as often as one likes, and checks every line each time.</summary>
internal sealed class PackedLines(PackedRun packed)
{
    private RunFileHeader? header;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="FormatException">The file is damaged, or no run.</exception>
    /// <exception cref="ChainBrokenException">The run in it was changed.</exception>
    public async Task<SoundRun> CheckAsync(CancellationToken cancellation)
    {
        var (artifacts, name, values) = (new Dictionary<string, Artifact>(), "", 0L);
        await foreach (var (line, told) in ReadAsync(cancellation))
        {
            if (line is MetricLine column) values += column.N;
            if (told is RunRegistered registered) name = registered.Spec.Name;
            if (told is null) continue;
            foreach (var artifact in RunArtifacts.Of(told)) artifacts[artifact.Sha256] = artifact;
        }
        return new SoundRun(header!, name, values, artifacts);
    }

    public async IAsyncEnumerable<(RunLine Line, RunEvent? Event)> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var content = packed.OpenRun();
        using var reader = new RunFileReader(content);
        var first = await reader.ReadHeaderAsync(cancellation);
        if (header is not null && header != first) throw new FormatException("it was replaced while it was read");
        header = first;
        if (!RunId.IsPossible(header.Run)) throw new FormatException($"'{header.Run[..Math.Min(header.Run.Length, RunId.Longest)]}' is no run's id");
        var check = new RunCheck(header.Run);
        await foreach (var line in reader.ReadLinesAsync(cancellation)) yield return (line, check.Next(line));
        check.End(header.Head);
    }
}
