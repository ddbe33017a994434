using System.CommandLine;
using Itra.Cli.Output;
using Itra.Cli.Sweeps;
using Itra.Domain;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Commands;

internal static class CompareCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("RUN") { Description = "two runs or more, each an id, the beginning of one, or a name", Arity = ArgumentArity.OneOrMore };
        var seeds = new Option<bool>("--seeds") { Description = "runs that differ only in their seed one by one, instead of their mean" };
        return new Command("compare", "Puts runs side by side: results, what differs, curves, where they part.") { names, seeds }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            List<ComparedRun> runs = [];
            foreach (var name in parsed.GetRequiredValue(names))
                runs.Add(await ComparedRuns.ReadAsync(store.Runs, store.Curves, await store.Runs.FindRunAsync(name, cancellation), cancellation));
            if (runs.DistinctBy(r => r.Id).Count() < runs.Count) throw new UserErrorException("a run is named twice: name other runs to compare it with");
            if (runs.Count is < 2 or > ComparisonPage.MostRuns) throw new UserErrorException($"{runs.Count} {(runs.Count == 1 ? "run is" : "runs are")} named: a comparison takes from 2 to {ComparisonPage.MostRuns}");
            var comparison = RunComparison.Of(runs, SettingRules.Comparison, parsed.GetValue(seeds));
            if (answer.IsJson) answer.Json(comparison);
            else ComparisonPage.Write(comparison, answer, session.Terminal.Out);
        });
    }
}
