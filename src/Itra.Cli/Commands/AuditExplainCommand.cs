using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Explanations;

namespace Itra.Cli.Commands;

internal static class AuditExplainCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        var metric = new Argument<string?>("METRIC") { Description = "a score's name, or how it ends [retrieval-mean-recall]", Arity = ArgumentArity.ZeroOrOne };
        var epoch = new Option<int?>("--epoch") { Description = "the score after this epoch instead of the best one" };
        var dataset = new Option<string?>("--dataset") { Description = "only scores on this data set: its name, or its digest as in `itra runs show`" };
        return new Command("explain", "Tells how a score was obtained: data, weights, settings, code, people.") { run, metric, epoch, dataset }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var summary = await store.Runs.FindRunAsync(parsed.GetRequiredValue(run), cancellation);
            var question = new ScoreQuestion(parsed.GetValue(metric), parsed.GetValue(epoch), parsed.GetValue(dataset));
            var explained = await store.Explanations.ExplainAsync(summary.Id, question, cancellation);
            if (answer.IsJson) answer.Json(explained);
            else ExplanationPage.Write(explained, answer, session.Terminal.Width);
        });
    }
}
