namespace Itra.Tracking.Artifacts;

/// <summary>A part of a seekable stream, read as if it were all there is. Only one stretch of a stream can be read at a time.</summary>
internal sealed class Stretch : Stream
{
    private readonly Stream whole;
    private readonly long start;

    public Stretch(Stream whole, long start, long length)
    {
        (this.whole, this.start, Length) = (whole, start, length);
        Position = 0;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => whole.Position - start;
        set => whole.Position = start + value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => whole.Read(buffer[..Most(buffer.Length)]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => whole.ReadAsync(buffer[..Most(buffer.Length)], cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Most(int wanted) => (int)Math.Min(wanted, Length - Position);
}
