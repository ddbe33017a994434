using System.Security.Cryptography;
using Itra.Trainer.Native;

namespace Itra.Trainer.Models;

/// <summary>A file to write to from start to end; every byte also goes into a digest.</summary>
internal sealed class HashingStream(FileStream inner, IncrementalHash hash) : Stream
{
    private const int Large = 1 << 20;

    private long position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => position;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length < Large) WriteAndHash(buffer);
        else WriteWhileHashing(buffer);
        position += buffer.Length;
    }

    private void WriteAndHash(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        hash.AppendData(buffer);
    }

    // A digest takes as long as the disk does: one at a time they would take twice that.
    private unsafe void WriteWhileHashing(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var (address, length) = ((nint)start, buffer.Length);
            var hashing = Task.Run(() => hash.AppendData(new ReadOnlySpan<byte>((void*)address, length)));
            try
            {
                inner.Write(buffer);
                LibC.BeginWriting(inner.SafeFileHandle, position, length);
            }
            finally
            {
                hashing.GetAwaiter().GetResult();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
