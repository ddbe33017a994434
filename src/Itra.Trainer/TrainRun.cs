using System.Runtime.ExceptionServices;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using MediatR;

namespace Itra.Trainer;

/// <summary>Trains as <paramref name="Spec"/> says and records all of it under <paramref name="RunId"/>.</summary>
/// <param name="Display">Sees the start and every command as the trainer yields it, step by step, before it is recorded.</param>
public sealed record TrainRun(string RunId, RunSpec Spec, Provenance Provenance, IProgress<RunCommand>? Display = null) : IRequest<RunStatus>;

/// <summary>Picks the trainer by name and records what it yields; records how the run ended, and rethrows what ended it.</summary>
internal sealed class TrainRunHandler(IEnumerable<ITrainer> trainers, IRunJournal journal, IArtifactStore artifacts, TimeProvider clock)
    : IRequestHandler<TrainRun, RunStatus>
{
    public Task<RunStatus> Handle(TrainRun request, CancellationToken cancellationToken)
    {
        var trainer = trainers.FirstOrDefault(t => t.Name == request.Spec.Trainer) ?? throw new UserErrorException(
            $"there is no trainer '{request.Spec.Trainer}'; known are: {string.Join(", ", trainers.Select(t => t.Name))}");

        // One thread from the first step to the last: torch's dispose scopes, its autograd modes and OpenMP's worker teams belong to a thread.
        return Task.Factory.StartNew(
            () => new Recording(request, trainer, journal, artifacts, clock).Run(cancellationToken),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private sealed class Recording(TrainRun request, ITrainer trainer, IRunJournal journal, IArtifactStore artifacts, TimeProvider clock)
    {
        private readonly MetricBuffer metrics = new(clock);

        public RunStatus Run(CancellationToken cancellation)
        {
            var commands = Begin(cancellation);
            Record(new RegisterRun(request.RunId, request.Spec, request.Provenance));
            try
            {
                Take(new StartRun(Environment.MachineName, Environment.ProcessId, StartOfThisProcess()));
                foreach (var command in commands) Take(command);
                Flush();
                Record(cancellation.IsCancellationRequested ? new CancelRun("stopped by its user") : new CompleteRun());
                return cancellation.IsCancellationRequested ? RunStatus.Cancelled : RunStatus.Completed;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                Flush();
                Record(new CancelRun("stopped by its user before there was anything to keep"));
                return RunStatus.Cancelled;
            }
            catch (Exception e)
            {
                RecordFailure(e);
                throw;
            }
        }

        private IEnumerable<RunCommand> Begin(CancellationToken cancellation)
        {
            try
            {
                return trainer.Train(request.Spec, cancellation);
            }
            catch (BrokenDataException e)
            {
                return Fails(ExceptionDispatchInfo.Capture(e));
            }
            catch (UserErrorException e)
            {
                throw new SpecRefusedException(e.Message, e);
            }
        }

        private static IEnumerable<RunCommand> Fails(ExceptionDispatchInfo failure)
        {
            failure.Throw();
            yield break;
        }

        private void Take(RunCommand command)
        {
            request.Display?.Report(command);
            if (command is LogMetrics { Chunk: var chunk })
            {
                if (metrics.Add(chunk) is { } due) Record(due);
                return;
            }
            Flush();
            Record(command is SaveCheckpoint checkpoint ? checkpoint with { Stored = Store(checkpoint) } : command);
        }

        private void Flush()
        {
            if (metrics.Flush() is { } rest) Record(rest);
        }

        private Artifact Store(SaveCheckpoint checkpoint)
        {
            using var file = File.OpenRead(checkpoint.Path);
            return artifacts.PutAsync(file, checkpoint.Cuts, CancellationToken.None).GetAwaiter().GetResult();
        }

        /// <summary>Never cancelled: what has happened is recorded also when the user wants to stop.</summary>
        private void Record(RunCommand command) =>
            journal.RecordAsync(request.RunId, command with { At = clock.GetUtcNow() }, CancellationToken.None).GetAwaiter().GetResult();

        private void RecordFailure(Exception failure)
        {
            var reason = failure is UserErrorException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}";
            try
            {
                Flush();
                Record(new FailRun(reason.ReplaceLineEndings(" "), failure.GetType().Name));
            }
            catch (Exception second) when (second is not RunRuleException)
            {
                throw new UserErrorException($"{reason}; that {request.RunId} has failed could not be recorded: {second.Message}", failure);
            }
        }

        private static DateTimeOffset StartOfThisProcess()
        {
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return process.StartTime.ToUniversalTime();
        }
    }
}
