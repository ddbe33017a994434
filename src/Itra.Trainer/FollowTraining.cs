using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using MediatR;

namespace Itra.Trainer;

/// <summary>Trains along with the process that leads, and leaves no record of it here.</summary>
/// <param name="Config">What this process was started with; null to take what process 0 has.</param>
/// <param name="LogsLocally">Keeps a log of its own.</param>
public sealed record FollowTraining(ClipConfig? Config, bool LogsLocally = false) : IRequest<RunStatus>;

/// <summary>Says why another process cannot go on; what goes wrong in this one is thrown.</summary>
internal sealed class FollowTrainingHandler(ClipFollower follower, OpenRunLog openLog) : IRequestHandler<FollowTraining, RunStatus>
{
    // One thread for all of it, as in training.
    public Task<RunStatus> Handle(FollowTraining request, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => Follow(request, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private RunStatus Follow(FollowTraining request, CancellationToken cancellation)
    {
        try
        {
            return follower.Follow(request.Config, request.LogsLocally, cancellation);
        }
        catch (RankFailedException e)
        {
            openLog(null).Warn(e.Message);
            return RunStatus.Failed;
        }
    }
}
