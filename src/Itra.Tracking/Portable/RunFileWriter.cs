using System.Buffers;
using System.Security.Cryptography;

namespace Itra.Tracking.Portable;

/// <summary>Writes a run line by line. The last line vouches for every byte before it.</summary>
internal sealed class RunFileWriter(Stream target) : IDisposable
{
    private readonly ArrayBufferWriter<byte> line = new();
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long lines;

    public Task WriteAsync(RunFileHeader header, CancellationToken cancellation)
    {
        RunLineText.Write(line, header);
        return FlushAsync(cancellation);
    }

    public Task WriteAsync(RunLine next, CancellationToken cancellation)
    {
        RunLineText.Write(line, next);
        return FlushAsync(cancellation);
    }

    public Task EndAsync(CancellationToken cancellation)
    {
        RunLineText.WriteEnd(line, lines, Convert.ToHexStringLower(hash.GetHashAndReset()));
        return FlushAsync(cancellation);
    }

    public void Dispose() => hash.Dispose();

    private async Task FlushAsync(CancellationToken cancellation)
    {
        hash.AppendData(line.WrittenSpan);
        await target.WriteAsync(line.WrittenMemory, cancellation);
        line.ResetWrittenCount();
        lines++;
    }
}
