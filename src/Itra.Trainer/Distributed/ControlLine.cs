using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Itra.Trainer.Distributed;

/// <summary>
/// A connection on which processes speak in <see cref="Word"/>s: four bytes that say who speaks, one for the word, four for the length of
/// what belongs to it, and that, as JSON or text. Any thread may speak; one listens.
/// </summary>
internal sealed class ControlLine(Socket socket, TimeProvider clock) : IDisposable
{
    private const int HeaderBytes = 9, MostBytes = 4 << 20;
    private static readonly byte[] Magic = [.. "ITR"u8, 1];
    private readonly Lock speaking = new();
    private readonly byte[] header = new byte[HeaderBytes];
    private long heard = clock.GetTimestamp();

    public Socket Socket => socket;

    /// <summary>Since something was heard.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Interlocked.Read(ref heard));

    /// <exception cref="SocketException">The other has gone.</exception>
    public void Say(Word word) => Write(word, []);

    /// <inheritdoc cref="Say(Word)"/>
    public void Say(Word word, string text) => Write(word, Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Say(Word)"/>
    public void Say<T>(Word word, T content) where T : class => Write(word, JsonSerializer.SerializeToUtf8Bytes(content));

    /// <returns>The next word and what belongs to it; null at the end.</returns>
    /// <exception cref="InvalidDataException">The other does not speak this language.</exception>
    /// <exception cref="SocketException">The other has gone, or is silent for longer than the socket allows.</exception>
    public (Word Word, byte[] Content)? Hear()
    {
        if (!Fill(header)) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(5));
        if (!header.AsSpan(0, Magic.Length).SequenceEqual(Magic) || length is < 0 or > MostBytes) throw new InvalidDataException("what was sent is not from a process of this version of Itra");
        var content = new byte[length];
        if (!Fill(content)) return null;
        Interlocked.Exchange(ref heard, clock.GetTimestamp());
        return ((Word)header[4], content);
    }

    /// <exception cref="InvalidDataException">It is none.</exception>
    public static T Read<T>(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(content) ?? throw new InvalidDataException($"an empty {typeof(T).Name}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"no {typeof(T).Name}: {e.Message}", e);
        }
    }

    public void Dispose() => socket.Dispose();

    private void Write(Word word, ReadOnlySpan<byte> content)
    {
        var frame = new byte[HeaderBytes + content.Length];
        Magic.CopyTo(frame, 0);
        frame[4] = (byte)word;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(5), content.Length);
        content.CopyTo(frame.AsSpan(HeaderBytes));
        lock (speaking)
            for (var sent = 0; sent < frame.Length;) sent += socket.Send(frame.AsSpan(sent));
    }

    private bool Fill(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var got = socket.Receive(bytes);
            if (got == 0) return false;
            bytes = bytes[got..];
        }
        return true;
    }
}
