namespace Itra.Trainer.Reporting;

/// <summary>Writes scalars as TensorBoard reads them: one file of framed events per process.</summary>
internal sealed class TensorBoardWriter : IDisposable
{
    private readonly FileStream file;
    private readonly TimeProvider clock;

    /// <param name="folder">Made if it is missing.</param>
    /// <param name="clock">Dates the file and each event.</param>
    public TensorBoardWriter(string folder, TimeProvider clock)
    {
        this.clock = clock;
        Directory.CreateDirectory(folder);
        var name = $"events.out.tfevents.{clock.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        FilePath = Path.Combine(folder, name);
        // Shared for reading: TensorBoard follows a file that grows.
        file = new FileStream(FilePath, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        TensorBoardRecord.Write(file, TensorBoardEvent.FileVersion(Now));
    }

    public string FilePath { get; }

    private double Now => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>A point of the curve <paramref name="tag"/>. TensorBoard keeps values as float32.</summary>
    public void Scalar(string tag, double value, long step) => TensorBoardRecord.Write(file, TensorBoardEvent.Scalar(tag, (float)value, step, Now));

    public void Flush() => file.Flush();

    public void Dispose() => file.Dispose();
}
