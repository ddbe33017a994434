using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Domain.Runs;

namespace Itra.Cli.Reproduction;

/// <summary>Shows a training, and how it compares with the one it is to give again: each epoch, every ten seconds, and as soon as it differs.</summary>
/// <param name="compared">Told after each command.</param>
internal sealed class ReproductionDisplay(ITrainingDisplay training, ReproductionJudge judge, TimeProvider clock, Action<RunCommand> compared) : ITrainingDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long last = clock.GetTimestamp();
    private bool hasDiverged;

    public Task<T> DuringAsync<T>(Func<Task<T>> work) => training.DuringAsync(work);

    public void Tell(string line) => training.Tell(line);

    public void Report(RunCommand command)
    {
        training.Report(command);
        judge.Observe(command);
        if (judge.Divergence is { } divergence && !hasDiverged)
        {
            hasDiverged = true;
            Tell(ReproductionPage.Describe(divergence));
        }
        else if (!hasDiverged && judge.Steps > 0 && (command is CompleteEpoch || (command is LogMetrics && clock.GetElapsedTime(last) >= Interval)))
        {
            last = clock.GetTimestamp();
            Tell($"step {Form.Count(judge.Steps)}: {(judge.Verdict == Verdict.BitExact ? "equal so far" : "within tolerance so far")}");
        }
        compared(command);
    }
}
