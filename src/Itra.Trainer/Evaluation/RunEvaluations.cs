using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;

namespace Itra.Trainer.Evaluation;

/// <summary>A run's evaluations, made by all processes of the training under the eyes of the first, which records them.</summary>
/// <param name="wiseFt">What to mix the weights with before they are scored; null for nothing.</param>
/// <param name="processes">That evaluate along; null if this one is alone.</param>
/// <param name="interruption">Somebody wants to stop, or another process cannot go on.</param>
internal sealed class RunEvaluations(
    IReadOnlyList<IEvaluation> all, WiseFt? wiseFt, DeviceTeam devices, ProcessTeam? processes, RunReport report, CancellationToken interruption)
{
    /// <summary>Scores weights. Stopping in the middle of an evaluation gives up that one and those after it.</summary>
    /// <param name="isDue">By an evaluation's frequency.</param>
    /// <param name="label">What the weights are called: <c>raw</c> or <c>ema</c>.</param>
    public IEnumerable<RunCommand> Score(Func<int, bool> isDue, Replicas trained, string label, int epoch)
    {
        var due = all.Index().Where(e => isDue(e.Item.Frequency)).ToList();
        using var mixture = due.Count > 0 ? wiseFt?.Mix(trained.First) : null;
        if (mixture is not null && processes is not null)
        {
            processes.Give(new Order(OrderKind.TakeMixture));
            mixture.TakeFromFirst(processes.Link);
        }
        using var mixed = mixture is null ? null : Replicas.Copy(mixture, devices);
        foreach (var (number, evaluation) in due)
        {
            IReadOnlyList<RunCommand> scores;
            try
            {
                processes?.Give(new Order(OrderKind.Evaluate) { Evaluation = number, OfMixture = mixed is not null });
                scores = evaluation.Evaluate(mixed ?? trained, epoch, wiseFt?.Label(label) ?? label, interruption);
            }
            catch (OperationCanceledException)
            {
                // Training itself is intact: the caller sees the same signal and saves a checkpoint.
                report.GiveUp();
                yield break;
            }
            foreach (var score in scores) yield return report.Scored(score);
        }
        report.Evaluated();
    }
}
