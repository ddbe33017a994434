using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Itra.Tracking.Portable;

/// <summary>Reads a run line by line, never more than one line at a time, and checks the file's end against all that came before.</summary>
internal sealed class RunFileReader(Stream content) : IDisposable
{
    /// <summary>More than any event or chunk takes, and little enough to hold.</summary>
    public const int LongestLine = 16 << 20;

    private readonly PipeReader pipe = PipeReader.Create(content, new StreamPipeReaderOptions(bufferSize: 1 << 16));
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ReadOnlySequence<byte> current;
    private SequencePosition after;

    /// <summary>Lines read so far: the number of the one that was read last.</summary>
    public long Line { get; private set; }

    /// <exception cref="FormatException">There is none.</exception>
    public async Task<RunFileHeader> ReadHeaderAsync(CancellationToken cancellation)
    {
        var header = RunLineText.ReadHeader(await NextAsync(cancellation) ?? throw new FormatException("it is empty"));
        Consume();
        return header;
    }

    /// <summary>All lines after the header. Ends only where the file's own end agrees.</summary>
    /// <exception cref="FormatException">The file is cut off or was changed.</exception>
    public async IAsyncEnumerable<RunLine> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var text = await NextAsync(cancellation) ?? throw new FormatException("it is cut off: its last line is missing");
            if (RunLineText.IsEnd(text)) break;
            var line = Parse(text);
            Consume();
            yield return line;
        }
        var end = new ArrayBufferWriter<byte>();
        RunLineText.WriteEnd(end, Line - 1, Convert.ToHexStringLower(hash.GetCurrentHash()));
        if (!end.WrittenSpan[..^1].SequenceEqual(current.ToArray())) throw new FormatException("it was changed: the digest in its last line is not that of the lines before");
        Consume();
        if (await NextAsync(cancellation) is not null) throw new FormatException("something follows its last line");
    }

    public void Dispose()
    {
        pipe.Complete();
        hash.Dispose();
    }

    private RunLine Parse(in ReadOnlySequence<byte> text)
    {
        try
        {
            return RunLineText.ReadLine(text);
        }
        catch (FormatException e)
        {
            throw new FormatException($"line {Line} is {e.Message}", e);
        }
    }

    /// <returns>A line without its end; null where there is no more.</returns>
    private async Task<ReadOnlySequence<byte>?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                (current, after) = (read.Buffer.Slice(0, end), read.Buffer.GetPosition(1, end));
                Line++;
                return current;
            }
            if (read.IsCompleted) return read.Buffer.IsEmpty ? null : throw new FormatException("it is cut off in the middle of a line");
            if (read.Buffer.Length > LongestLine) throw new FormatException($"line {Line + 1} has more than {LongestLine} bytes");
            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private void Consume()
    {
        foreach (var part in current) hash.AppendData(part.Span);
        hash.AppendData("\n"u8);
        pipe.AdvanceTo(after);
    }
}
