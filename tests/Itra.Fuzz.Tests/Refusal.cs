using Itra.Domain;

namespace Itra.Fuzz.Tests;

/// <summary>What every refusal of a file has in common.</summary>
internal static class Refusal
{
    private const int LongestMessage = 1500;

    /// <summary>One line, short enough to be read, without what would drive a terminal, that names the file.</summary>
    /// <returns>False, as <see cref="IParser.Accepts"/>.</returns>
    public static bool Of(UserErrorException refusal, string path)
    {
        Assert.True(refusal.Message.Length <= LongestMessage, $"a message of {refusal.Message.Length} characters: {refusal.Message[..Math.Min(refusal.Message.Length, LongestMessage)]}");
        Assert.False(refusal.Message.Any(char.IsControl), $"it is not plain text: {refusal.Message}");
        Assert.True(refusal.Message.Contains(path, StringComparison.Ordinal), $"it does not name the file: {refusal.Message}");
        return false;
    }
}
