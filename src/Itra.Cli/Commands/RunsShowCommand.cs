using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class RunsShowCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        return new Command("show", "Shows one run: settings, curves, scores.") { run }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var summary = await store.Runs.FindRunAsync(parsed.GetRequiredValue(run), cancellation);
            var events = await store.Runs.ReadEventsAsync(summary.Id, cancellation);
            List<MetricCurve> curves = [];
            foreach (var metric in await store.Curves.NamesAsync(summary.Id, cancellation)) curves.Add(await store.Curves.ReadAsync(summary.Id, metric, cancellation));
            var report = RunReport.Of(summary, events, curves);
            if (answer.IsJson) answer.Json(report);
            else RunPage.Write(report, answer);
        });
    }
}
