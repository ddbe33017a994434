using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Domain.Runs;

namespace Itra.Cli.Resuming;

/// <summary>With what a training ends on the screen: what became of it, and what can be done next.</summary>
internal static class WayOn
{
    public static void Tell(Execution.Outcome outcome, Terminal terminal, bool asJson)
    {
        if (asJson)
        {
            new Answer(terminal, asJson).Json(outcome);
            return;
        }
        var (id, _, status) = outcome;
        if (status == RunStatus.Unknown) return;
        terminal.Out.WriteLine($"{id} {status.ToString().ToLowerInvariant()}; `itra runs show {id}` shows it");
        if (status != RunStatus.Completed) terminal.Out.WriteLine($"`itra runs resume {id}` {(outcome.GoesOnFrom is { } step ? $"goes on from step {step}" : "starts it over")}");
    }
}
