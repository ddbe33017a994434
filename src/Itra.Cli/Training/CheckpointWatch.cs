using Itra.Domain.Runs;

namespace Itra.Cli.Training;

/// <summary>Remembers the last checkpoint of a training, on the way to its display.</summary>
internal sealed class CheckpointWatch(IProgress<RunCommand> display) : IProgress<RunCommand>
{
    // Told of before it is stored, which may fail: it counts once something else is told of.
    private long? told;

    /// <summary>Optimizer updates behind it; null if there is none.</summary>
    public long? Updates { get; set; }

    public void Report(RunCommand value)
    {
        Settle();
        told = (value as SaveCheckpoint)?.Updates;
        display.Report(value);
    }

    /// <summary>What was told of last has been stored.</summary>
    public void Settle() => (Updates, told) = (told ?? Updates, null);
}
