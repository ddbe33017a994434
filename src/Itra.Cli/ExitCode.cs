using Itra.Domain.Runs;

namespace Itra.Cli;

/// <summary>What the shell is told. Documented in docs/cli.md and in the help.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The run, or what it stands on, failed.</summary>
    public const int Failed = 1;

    /// <summary>Something a person can put right: a wrong flag, a missing file, an unknown run.</summary>
    public const int WrongInput = 2;

    /// <summary>A reproduction came to something else than its original.</summary>
    public const int Diverged = 3;

    /// <summary>A run cannot be reproduced: what it needs is missing, or changed.</summary>
    public const int NotReproducible = 4;

    /// <summary>128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;

    public static int Of(RunStatus status) => status switch
    {
        RunStatus.Completed => Done,
        RunStatus.Cancelled => Cancelled,
        _ => Failed,
    };
}
