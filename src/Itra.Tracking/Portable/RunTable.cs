using System.Globalization;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Portable;

/// <summary>A run's numbers as one long table: a line for each score and each metric value that counts.</summary>
internal sealed class RunTable(TextWriter target, RunStory story, bool scores = true, bool metrics = true)
{
    public const string Heading = "kind,epoch,step,dataset,weights,metric,value";
    private (int Epoch, long Step) completed;
    private long version;

    public Task BeginAsync() => target.WriteAsync(Heading + "\n");

    public async Task AddAsync(RunLine line, RunEvent? told)
    {
        if (line is EventLine e) version = e.Version;
        if (line is MetricLine values && metrics) await AddAsync(values);
        if (told is EpochCompleted c) completed = (c.Epoch, c.Step);
        if (told is RunResumed r) completed = (r.Epoch, r.Updates);
        if (told is not null && scores && RunStory.EpochOf(told) is { } epoch && story.EpochCounts(version, epoch))
            foreach (var score in RecordedScore.Of(told)) await AddAsync(score);
    }

    private Task AddAsync(RecordedScore s) => target.WriteAsync(
        $"score,{s.Epoch},{(s.Epoch == completed.Epoch ? completed.Step.ToString(CultureInfo.InvariantCulture) : "")},{Cell(s.Dataset)},{Cell(s.Weights)},{Cell(s.Metric)},{Number(s.Value)}\n");

    private async Task AddAsync(MetricLine line)
    {
        var column = MetricCodec.Decode(line.Encoding, line.Vals, line.N);
        // The epoch that they were logged in: one more than had been completed.
        var start = $"metric,{completed.Epoch + 1},";
        var end = $",,,{Cell(line.Metric)},";
        for (var i = 0; i < column.Length && story.StepCounts(version, line.FirstStep + i); i++)
            await target.WriteAsync($"{start}{line.FirstStep + i}{end}{Number(column[i])}\n");
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
