using Itra.Domain.Runs;

namespace Itra.Domain.Training;

/// <summary>
/// A way to train. What it yields is what is recorded, in that order: the steps (<see cref="LogMetrics"/>, one step at a time; they are
/// gathered into chunks before they are stored), epochs, scores and checkpoints. Registration, start and end are recorded by whoever runs it.
/// </summary>
/// <remarks>
/// What cannot work (an unknown model, a data set that is not there) is refused at once, by a <see cref="UserErrorException"/> of the call
/// itself rather than of the first element: such a run is not recorded at all.
/// Synchronous, because torch's dispose scopes belong to a thread. When <c>cancellation</c> is signalled a trainer yields what is worth
/// keeping (a checkpoint) and returns. An exception ends the run as failed; a <see cref="UserErrorException"/> is shown as it is.
/// </remarks>
public interface ITrainer
{
    string Name { get; }

    /// <param name="from">The checkpoint to go on from, of this run or of the one it branches from; null to start as the spec says.</param>
    IEnumerable<RunCommand> Train(RunSpec spec, Continuation? from, CancellationToken cancellation);
}

/// <summary>A checkpoint that a training goes on from.</summary>
/// <param name="Path">Where its file is for now; it is not to be written to.</param>
/// <param name="Name">What people call it.</param>
public sealed record Continuation(string Path, string Name, string Sha256);
