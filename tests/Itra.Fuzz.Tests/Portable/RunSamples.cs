using System.Globalization;
using System.Text;
using Itra.Domain.Runs;
using Itra.Tracking;
using Itra.Tracking.Portable;
using Itra.Tracking.Portable.Imports;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Portable;
using Itra.Tracking.Tests.Runs;

namespace Itra.Fuzz.Tests.Portable;

/// <summary>Runs as files, and how they are read.</summary>
internal static class RunSamples
{
    public const string Run = "run-0123456789";

    /// <summary>Lines of a short run, each the stored name of an event, a tab and its JSON, or the values of a metric as they stand in the file.</summary>
    public static IReadOnlyList<string> Lines { get; } = Story();

    /// <summary>A file with these events and values, with every hash and the digest right.</summary>
    public static byte[] File(IReadOnlyList<string> lines)
    {
        var events = lines.Where(l => l.Contains('\t')).Select(l => l.Split('\t', 2)).Select(p => (p[0], p[1])).ToList();
        var sound = Encoding.UTF8.GetString(ForgedFile.OfEvents(Run, events)).TrimEnd('\n').Split('\n');
        var next = 1;
        return ForgedFile.Of([sound[0], .. lines.Select(l => l.Contains('\t') ? sound[next++] : l), ""]);
    }

    /// <returns>False if it was refused in the way that an import tells of.</returns>
    public static bool Accepts(Func<PackedRun> open)
    {
        try
        {
            using var packed = open();
            var lines = new PackedLines(packed);
            var sound = lines.CheckAsync(CancellationToken.None).GetAwaiter().GetResult();
            if (lines.CheckAsync(CancellationToken.None).GetAwaiter().GetResult() is var again && (again.Header, again.Name, again.MetricValues) != (sound.Header, sound.Name, sound.MetricValues))
                throw new InvalidOperationException("it reads differently the second time");
            return true;
        }
        catch (Exception e) when (RunImport.IsRefusal(e))
        {
            return false;
        }
    }

    private static string[] Story()
    {
        var chunk = new MetricChunk(0, ["loss"], [[1.5, 0.25]]);
        RunEvent[] events =
        [
            new RunRegistered(Run, RecordedRuns.Spec(), RecordedRuns.Provenance with { Environment = new Dictionary<string, string> { ["A"] = "b" } }) { At = RecordedRuns.Noon },
            new MetricsLogged(chunk.FirstStep, chunk.Count, chunk.Summarise(), chunk.Digest()) { At = RecordedRuns.Noon },
            new RunCompleted { At = RecordedRuns.Noon },
        ];
        return
        [
            .. events[..2].Select(Line),
            string.Create(CultureInfo.InvariantCulture, $$"""{"metric":"loss","attempt":0,"first_step":0,"n":2,"encoding":1,"vals":"{{Convert.ToBase64String(MetricCodec.Encode(chunk.Values[0]))}}"}"""),
            Line(events[2]),
        ];

        static string Line(RunEvent e) => $"{TrackingRegistration.NameOf(e)}\t{EventJson.Write(e)}";
    }
}
