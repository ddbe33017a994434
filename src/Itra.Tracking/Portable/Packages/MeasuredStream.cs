using System.Security.Cryptography;

namespace Itra.Tracking.Portable.Packages;

/// <summary>Counts and hashes what is written through it.</summary>
internal sealed class MeasuredStream(Stream target) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long bytes;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => bytes;

    public override long Position { get => bytes; set => throw new NotSupportedException(); }

    public PackedFile Measured(string name) => new(name, Convert.ToHexStringLower(hash.GetCurrentHash()), bytes);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Measure(buffer);
        target.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Measure(buffer.Span);
        return target.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => target.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => target.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            target.Dispose();
            hash.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Measure(ReadOnlySpan<byte> buffer)
    {
        hash.AppendData(buffer);
        bytes += buffer.Length;
    }
}
