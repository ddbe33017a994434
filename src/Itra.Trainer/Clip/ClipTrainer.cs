using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Trainer.Clip;

internal sealed class ClipTrainer(string modelsFolder, OpenRunLog openLog, TimeProvider clock) : ITrainer
{
    public string Name => "clip";

    public IEnumerable<RunCommand> Train(RunSpec spec, CancellationToken cancellation) =>
        throw new NotSupportedException($"{modelsFolder} {openLog} {clock}");
}
