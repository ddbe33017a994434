using Itra.Domain.Runs;

namespace Itra.Trainer.Clip;

/// <summary>Writes a run's checkpoints under the original's names. Those of due epochs are kept and recorded; the latest is only a file.</summary>
internal sealed class CheckpointFolder : IDisposable
{
    private const string Latest = "epoch_latest.pt";

    private readonly string path;
    private readonly bool isTemporary;
    private readonly ClipLearner learner;
    private readonly ClipConfig config;
    private readonly HashSet<string> staying;

    public CheckpointFolder(RunFolder? folder, ClipLearner learner, ClipConfig config)
    {
        (this.learner, this.config) = (learner, config);
        var locking = new Locking(config);
        staying = [.. learner.Weights.Plan.Where(p => p.IsBuffer ? !locking.ImageBatchStatistics : !locking.IsTrainable(p.Name)).Select(p => p.Name)];
        isTemporary = folder is null;
        // A run without files still keeps its checkpoints in the artifact store; they pass through here.
        path = folder?.Checkpoints ?? Directory.CreateTempSubdirectory("itra-").FullName;
    }

    /// <summary>Saves after an epoch. Gives the command that records it if this epoch's checkpoint is one to keep.</summary>
    public SaveCheckpoint? Save(CheckpointPosition position)
    {
        var epoch = position.Epoch;
        var isKept = epoch == config.Epochs || (config.SaveFrequency > 0 && epoch % config.SaveFrequency == 0);
        if (!isKept)
        {
            if (!isTemporary) Checkpoint.Write(Path.Combine(path, Latest), learner, config, position);
            return null;
        }
        var name = $"epoch_{epoch}.pt";
        Checkpoint.Write(Path.Combine(path, name), learner, config, position);
        PointLatestTo(name);
        return Kept(position, name);
    }

    /// <summary>Saves where training is, because somebody wants to stop.</summary>
    public SaveCheckpoint Interrupted(CheckpointPosition position)
    {
        var name = $"epoch_{position.Epoch}_step_{position.Step}.pt";
        Checkpoint.Write(Path.Combine(path, name), learner, config, position);
        PointLatestTo(name);
        return Kept(position, name);
    }

    public void Dispose()
    {
        if (isTemporary) Directory.Delete(path, recursive: true);
    }

    private SaveCheckpoint Kept(CheckpointPosition position, string name) =>
        new(position.Epoch, position.Step, Path.Combine(path, name)) { Updates = position.Updates, Cuts = FrozenStretches.CutsOf(Path.Combine(path, name), staying.Contains) };

    // A link instead of a second copy of a gigabyte; replaced by renaming, so that there always is a latest.
    private void PointLatestTo(string name)
    {
        var scratch = Path.Combine(path, $".{Latest}.{Environment.ProcessId}");
        File.Delete(scratch);
        File.CreateSymbolicLink(scratch, name);
        File.Move(scratch, Path.Combine(path, Latest), overwrite: true);
    }
}
