using Itra.Domain.Runs;
using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>
/// Writes a run's checkpoints under the original's names. Those of due epochs and those within epochs are kept and recorded; the latest is
/// only a file.
/// </summary>
internal sealed class CheckpointFolder : IDisposable
{
    private const string Latest = "epoch_latest.pt", WithinEpochs = "epoch_*_step_*.pt";

    // All of them are in the artifact store, where they share what does not change; here each is a file of its own.
    private const int WithinEpochsKept = 2;

    private readonly string path;
    private readonly bool isTemporary;
    private readonly ClipLearner learner;
    private readonly ClipConfig config;
    private readonly TimeProvider clock;
    private readonly CheckpointInterval? interval;
    private readonly HashSet<string> staying;
    private long lastSaved;

    public CheckpointFolder(RunFolder? folder, ClipLearner learner, ClipConfig config, TimeProvider clock)
    {
        (this.learner, this.config, this.clock) = (learner, config, clock);
        interval = config.CheckpointEvery.Length > 0 ? CheckpointInterval.Parse(config.CheckpointEvery) : null;
        lastSaved = clock.GetTimestamp();
        var locking = new Locking(config);
        staying = [.. learner.Weights.Plan.Where(p => p.IsBuffer ? !locking.ImageBatchStatistics : !locking.IsTrainable(p.Name)).Select(p => p.Name)];
        isTemporary = folder is null;
        // A run without files still keeps its checkpoints in the artifact store; they pass through here.
        path = folder?.Checkpoints ?? Directory.CreateTempSubdirectory("itra-").FullName;
        AtomicFile.DeleteTorsos(path, "*.pt");
    }

    /// <summary>Saves after an epoch. Gives the command that records it if this epoch's checkpoint is one to keep, or one is due anyway.</summary>
    public SaveCheckpoint? Save(CheckpointPosition position)
    {
        var epoch = position.Epoch;
        if (epoch == config.Epochs || (config.SaveFrequency > 0 && epoch % config.SaveFrequency == 0)) return Write(position, $"epoch_{epoch}.pt");
        if (IsDue(position.Updates)) return Within(position);
        if (!isTemporary) Checkpoint.Write(Path.Combine(path, Latest), learner, config, position);
        return null;
    }

    /// <summary>Saves where training is: somebody wants to stop, or --checkpoint-every says so.</summary>
    public SaveCheckpoint Within(CheckpointPosition position)
    {
        var command = Write(position, $"epoch_{position.Epoch}_step_{position.Updates}.pt");
        if (interval is null) return command;
        var files = new DirectoryInfo(path).GetFiles(WithinEpochs).OrderByDescending(f => f.LastWriteTimeUtc);
        foreach (var old in files.Where(f => f.FullName != command.Path).Skip(WithinEpochsKept - 1)) old.Delete();
        return command;
    }

    /// <summary>Whether --checkpoint-every asks for one now.</summary>
    public bool IsDue(long updates) => interval is not null && interval.IsDue(updates, clock.GetElapsedTime(lastSaved));

    public void Dispose()
    {
        if (isTemporary) Directory.Delete(path, recursive: true);
    }

    private SaveCheckpoint Write(CheckpointPosition position, string name)
    {
        var file = Path.Combine(path, name);
        Checkpoint.Write(file, learner, config, position);
        PointLatestTo(name);
        lastSaved = clock.GetTimestamp();
        return new SaveCheckpoint(position.Epoch, position.Step, file)
        {
            Updates = position.Updates, StateDigest = learner.StateDigest(), Cuts = FrozenStretches.CutsOf(file, staying.Contains),
        };
    }

    // A link instead of a second copy of a gigabyte; replaced by renaming, so that there always is a latest.
    private void PointLatestTo(string name)
    {
        var scratch = Path.Combine(path, $".{Latest}.{Environment.ProcessId}");
        File.Delete(scratch);
        File.CreateSymbolicLink(scratch, name);
        File.Move(scratch, Path.Combine(path, Latest), overwrite: true);
    }
}
