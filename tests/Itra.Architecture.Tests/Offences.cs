namespace Itra.Architecture.Tests;

internal static class Offences
{
    /// <summary>Passes if there are none, and otherwise shows all of them, uncut.</summary>
    public static void AreNone(IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
