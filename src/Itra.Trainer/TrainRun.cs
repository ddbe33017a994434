using System.Runtime.ExceptionServices;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using MediatR;

namespace Itra.Trainer;

/// <summary>Trains as <paramref name="Spec"/> says and records all of it under <paramref name="RunId"/>.</summary>
/// <param name="Display">Sees the start and every command as the trainer yields it, step by step, once it is recorded.</param>
public sealed record TrainRun(string RunId, RunSpec Spec, Provenance Provenance, IProgress<RunCommand>? Display = null) : IRequest<RunStatus>
{
    /// <summary>The run that this one is made from, if it is.</summary>
    public RunOrigin? Origin { get; init; }

    /// <summary>The run is recorded already and was interrupted: it goes on in the same stream.</summary>
    public bool Resumes { get; init; }

    public const string StoppedByUser = "stopped by its user";

    /// <summary>What its record says if it is stopped.</summary>
    public Func<string> StopReason { get; init; } = () => StoppedByUser;

    /// <summary>The stored checkpoint to go on from: the run's own, or that of <see cref="Origin"/>; null to start as the spec says.</summary>
    /// <remarks>Its <see cref="CheckpointSaved.Updates"/> must be known if it is the run's own.</remarks>
    public CheckpointSaved? From { get; init; }

    /// <summary>Whether <see cref="From"/> is what it was made from, and not the run's own.</summary>
    internal bool FromItsOrigin => From is { Artifact.Sha256: var digest } && digest == Origin?.CheckpointSha256;
}

/// <summary>Picks the trainer by name and records what it yields; records how the run ended, and rethrows what ended it.</summary>
internal sealed class TrainRunHandler(IEnumerable<ITrainer> trainers, IRunJournal journal, IArtifactStore artifacts, TimeProvider clock)
    : IRequestHandler<TrainRun, RunStatus>
{
    public Task<RunStatus> Handle(TrainRun request, CancellationToken cancellationToken)
    {
        var trainer = trainers.FirstOrDefault(t => t.Name == request.Spec.Trainer) ?? throw new UserErrorException(
            $"there is no trainer '{request.Spec.Trainer}'; known are: {string.Join(", ", trainers.Select(t => t.Name))}");

        if (request is { Resumes: true, From: { Updates: null }, FromItsOrigin: false }) throw new ArgumentException("how many updates the checkpoint comes after is not known", nameof(request));

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
            using var checkpoint = request.From is { } from ? OrRefused(() => FetchedArtifact.Fetch(from.Artifact, artifacts, cancellation)) : null;
            var commands = Begin(checkpoint is null ? null : new Continuation(checkpoint.Path, request.From!.FileName, request.From.Artifact.Sha256), cancellation);
            OrRefused(() => Record(request.Resumes ? Resumption() : new RegisterRun(request.RunId, request.Spec, request.Provenance, request.Origin)));
            try
            {
                if (!request.Resumes) Take(new StartRun(Environment.MachineName, Environment.ProcessId, StartOfThisProcess()));
                foreach (var command in commands) Take(command);
                Flush();
                Record(cancellation.IsCancellationRequested ? new CancelRun(request.StopReason()) : new CompleteRun());
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

        private ResumeRun Resumption() => request.From is not { } from || request.FromItsOrigin
            ? new(Environment.MachineName, Environment.ProcessId, StartOfThisProcess(), null, 0, 0)
            : new(Environment.MachineName, Environment.ProcessId, StartOfThisProcess(), from.Artifact.Sha256, from.Epoch, from.Updates!.Value);

        /// <summary>What is wrong before the run has begun, or begun again, leaves no record.</summary>
        private static T OrRefused<T>(Func<T> act)
        {
            try
            {
                return act();
            }
            catch (Exception e) when (e is ArtifactMissingException or RunRuleException)
            {
                throw new SpecRefusedException(e.Message, e);
            }
        }

        private IEnumerable<RunCommand> Begin(Continuation? from, CancellationToken cancellation)
        {
            try
            {
                return trainer.Train(request.Spec, from, cancellation);
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
            if (command is LogMetrics { Chunk: var chunk })
            {
                if (metrics.Add(chunk) is { } due) Record(due);
            }
            else
            {
                Flush();
                Record(WithBlobs(command));
            }
            // Only now: what people are told of is there, a checkpoint of gigabytes too.
            request.Display?.Report(command);
        }

        /// <summary>Blob first, event second: what the event will refer to is stored before it.</summary>
        private RunCommand WithBlobs(RunCommand command)
        {
            switch (command)
            {
                case SaveCheckpoint c:
                    return c with { Stored = Store(c.Path, c.Cuts) };
                case RecordInput { Keep: true } i:
                    return Store(i.Path, []) == i.File ? i : throw new UserErrorException($"{i.Path} changed while it was read: start again");
                case RecordDataset { Listing.IsEmpty: false } d:
                    using (var listing = new MemoryStream(d.Listing.ToArray()))
                        return d with { Dataset = d.Dataset with { Listing = artifacts.PutAsync(listing, CancellationToken.None).GetAwaiter().GetResult() } };
                default:
                    return command;
            }
        }

        private void Flush()
        {
            if (metrics.Flush() is { } rest) Record(rest);
        }

        private Artifact Store(string path, IReadOnlyList<long> cuts)
        {
            using var file = File.OpenRead(path);
            return artifacts.PutAsync(file, cuts, CancellationToken.None).GetAwaiter().GetResult();
        }

        /// <summary>Never cancelled: what has happened is recorded also when the user wants to stop.</summary>
        private IReadOnlyList<RunEvent> Record(RunCommand command) =>
            journal.RecordAsync(request.RunId, command with { At = clock.GetUtcNow() }, CancellationToken.None).GetAwaiter().GetResult();

        private void RecordFailure(Exception failure)
        {
            var reason = failure is UserErrorException or RunRuleException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}";
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
