using Itra.Domain.Runs;

namespace Itra.Cli.Training;

/// <summary>Remembers the last checkpoint of a training, on the way to its display.</summary>
internal sealed class CheckpointWatch(IProgress<RunCommand> display) : IProgress<RunCommand>
{
    /// <summary>Optimizer updates behind it; null if there is none.</summary>
    public long? Updates { get; set; }

    public void Report(RunCommand value)
    {
        if (value is SaveCheckpoint saved) Updates = saved.Updates;
        display.Report(value);
    }
}
