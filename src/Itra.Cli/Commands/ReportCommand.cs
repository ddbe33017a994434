using System.CommandLine;
using Itra.Cli.Sweeps;

namespace Itra.Cli.Commands;

internal static class ReportCommand
{
    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "a recipe, such as recipes/lr.yaml" };
        var format = new Option<string>("--format") { Description = "table, markdown or csv [table]", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "markdown", "csv");
        var plot = new Option<string?>("--plot") { Description = "also draw it, into this .png" };
        var set = SweepOptions.Set();
        return new Command("report", "Compares what was trained of a recipe with what the guide prints.") { file, format, plot, set }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var recipe = RecipeFile.Load(parsed.GetRequiredValue(file));
            var trials = PlannedTrial.Of(recipe, Overrides.Parse(parsed.GetValue(set) ?? [], datasetsDirectory: null));
            var report = SweepReport.Of(recipe, trials, await CompletedRuns.ReadAsync(store.Runs, cancellation), await ScoreHistory.ReadAsync(store.Runs, cancellation));

            if (answer.IsJson) answer.Json(report);
            else if (parsed.GetValue(format) == "markdown") session.Terminal.Out.Write(ReportText.Markdown(report));
            else if (parsed.GetValue(format) == "csv") session.Terminal.Out.Write(ReportText.Csv(report));
            else if (answer.IsForPeople) Show(report, answer, session.Terminal.Out);
            else answer.Rows(ReportText.Cells(report), "", ReportColumns.PerMetric);

            if (parsed.GetValue(plot) is { } path) ReportPicture.Save(report, recipe, trials, path);
        });
    }

    private static void Show(SweepReport report, Output.Answer answer, TextWriter say)
    {
        say.WriteLine($"{report.Title}: {report.Metric} in percent after the last epoch, and the best epoch's beside it");
        if (report.Guide.Length > 0) say.WriteLine($"published in the guide under \"{report.Guide}\"");
        answer.Rows(report.Rows, "", ReportColumns.Compared(report));
        if (ReportText.Lines(report) is { Count: > 0 } lines) answer.Rows(lines, "", ReportColumns.Several(report));
    }
}
