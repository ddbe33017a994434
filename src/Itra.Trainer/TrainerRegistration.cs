using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using Itra.Trainer.LinearProbe;
using Itra.Trainer.Reproduction;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Trainer;

/// <summary>The trainers there are, one line each, and the doorbell they are reached by.</summary>
public static class TrainerRegistration
{
    /// <summary>Needs an <see cref="IRunJournal"/>, an artifact store and an <see cref="OpenRunLog"/> beside it.</summary>
    /// <param name="home">ITRA_HOME: the model library is below it in <c>models</c>, digests of data files in <c>cache</c>.</param>
    /// <param name="place">This process among those that a launcher has started; null if there are no others.</param>
    /// <param name="tell">Shows people what is waited for.</param>
    /// <param name="askedToStop">Called in process 0 when another says that somebody wants to stop.</param>
    public static IServiceCollection AddTrainers(this IServiceCollection services, string home, WorldPlace? place = null, Action<string>? tell = null, Action? askedToStop = null) => services
        .AddSingleton(TimeProvider.System)
        .AddSingleton(p => new Rendezvous(place ?? WorldPlace.Alone, p.GetRequiredService<TimeProvider>(), tell ?? (_ => { }), askedToStop ?? (() => { })))
        .AddSingleton(p => new ClipFollower(Path.Combine(home, "models"), Path.Combine(home, "cache"), p.GetRequiredService<OpenRunLog>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<Rendezvous>()))
        .AddTransient<IRequestHandler<FollowTraining, RunStatus>, FollowTrainingHandler>()
        .AddSingleton(p => new ClipTrainer(
            Path.Combine(home, "models"), Path.Combine(home, "cache"), p.GetRequiredService<OpenRunLog>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<Rendezvous>()))
        .AddSingleton<ITrainer>(p => p.GetRequiredService<ClipTrainer>())
        .AddSingleton<ITrainer>(p => new LinearProbeTrainer(p.GetRequiredService<ClipTrainer>()))
        .AddTransient<IRequestHandler<TrainRun, RunStatus>, TrainRunHandler>()
        .AddTransient<IRequestHandler<EvaluateWiseFt, WiseFtCurve>>(p => new EvaluateWiseFtHandler(
            Path.Combine(home, "models"), Path.Combine(home, "cache"), p.GetRequiredService<IRunJournal>(), p.GetRequiredService<IArtifactStore>(), p.GetRequiredService<TimeProvider>()))
        .AddSingleton(p => new InputSearch(Path.Combine(home, "models"), Path.Combine(home, "cache"), p.GetRequiredService<IArtifactStore>()))
        .AddTransient<ServiceFactory>(p => p.GetRequiredService)
        .AddTransient<IMediator, Mediator>();
}
