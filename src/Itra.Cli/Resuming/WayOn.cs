using Itra.Cli.Training;
using Itra.Domain.Runs;

namespace Itra.Cli.Resuming;

/// <summary>The lines with which a training ends on the screen: what became of it, and what can be done next.</summary>
internal static class WayOn
{
    public static void Tell(Execution.Outcome outcome, TextWriter screen)
    {
        var (id, _, status) = outcome;
        if (status == RunStatus.Unknown) return;
        screen.WriteLine($"{id} {status.ToString().ToLowerInvariant()}; `itra runs show {id}` shows it");
        if (status != RunStatus.Completed) screen.WriteLine($"`itra runs resume {id}` {(outcome.GoesOnFrom is { } step ? $"goes on from step {step}" : "starts it over")}");
    }
}
