using System.CommandLine;
using Itra.Cli.Output;

namespace Itra.Cli.Commands;

internal static class RunsShowCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        return new Command("show", "Shows one run: settings, curves, scores.") { run }.Reads(session, async (reader, answer, parsed, cancellation) =>
        {
            var summary = await reader.FindRunAsync(parsed.GetRequiredValue(run), cancellation);
            var events = await reader.ReadEventsAsync(summary.Id, cancellation);
            var report = RunReport.Of(summary, events);
            if (answer.IsJson) answer.Json(report);
            else RunPage.Write(report, answer);
        });
    }
}
