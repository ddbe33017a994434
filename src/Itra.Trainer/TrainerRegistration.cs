using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Trainer;

/// <summary>The trainers there are, one line each, and the doorbell they are reached by.</summary>
public static class TrainerRegistration
{
    /// <summary>Needs an <see cref="IRunJournal"/>, an artifact store and an <see cref="OpenRunLog"/> beside it.</summary>
    /// <param name="modelsFolder">Folder of the model library: weights and vocabularies.</param>
    public static IServiceCollection AddTrainers(this IServiceCollection services, string modelsFolder) => services
        .AddSingleton(TimeProvider.System)
        .AddSingleton<ITrainer>(p => new ClipTrainer(modelsFolder, p.GetRequiredService<OpenRunLog>(), p.GetRequiredService<TimeProvider>()))
        .AddTransient<IRequestHandler<TrainRun, RunStatus>, TrainRunHandler>()
        .AddTransient<ServiceFactory>(p => p.GetRequiredService)
        .AddTransient<IMediator, Mediator>();
}
