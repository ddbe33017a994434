namespace Itra.Domain;

/// <summary>Something a person can put right. The message is one line that says what is wrong and what to do; it is shown as it is.</summary>
/// <param name="message">May quote a file that nobody vouches for: what would drive a terminal is taken out, and a text that no one would read is cut in its middle.</param>
public class UserErrorException(string message, Exception? inner = null) : Exception(Readable(message), inner)
{
    // The file is named at the beginning, the advice stands at the end.
    private const int LongestStart = 900, LongestEnd = 500;

    private static string Readable(string message)
    {
        if (message.Length > LongestStart + LongestEnd) message = $"{message[..LongestStart]} ... {message[^LongestEnd..]}";
        return message.Any(char.IsControl) ? string.Concat(message.Select(c => char.IsWhiteSpace(c) ? ' ' : char.IsControl(c) ? '\uFFFD' : c)) : message;
    }
}
