namespace Itra.Faults.Tests;

/// <summary>As docs/cli.md has them.</summary>
internal static class ExitCodes
{
    public const int Done = 0, Failed = 1, WrongInput = 2, Cancelled = 130, Killed = 137;
}
