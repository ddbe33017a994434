using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Tracking;
using Itra.Tracking.Postgres;
using Itra.Trainer.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli;

/// <summary>What a command may use of the process it runs in. Nothing here opens a connection.</summary>
/// <param name="Words">The command line, without the program's name.</param>
/// <param name="Variable">An environment variable's value, or null.</param>
internal sealed record Session(string[] Words, Terminal Terminal, Redaction Redaction, Func<string, string?> Variable, TimeProvider Clock)
{
    public static Session OfProcess(string[] words) =>
        new(words, Terminal.OfProcess(), new Redaction(Environment.GetEnvironmentVariables()), Environment.GetEnvironmentVariable, TimeProvider.System);

    /// <summary><c>ITRA_HOME</c>, by default <c>~/.itra</c>.</summary>
    public string Home => Variable("ITRA_HOME") is { Length: > 0 } home
        ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(home))
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".itra");

    /// <summary>The store; nothing is opened before it is used. The caller disposes it.</summary>
    public TrackingDatabase OpenDatabase() => new(StoreAddress.Resolve(Variable), Variable);

    /// <summary>Everything that records and reads, wired up; nothing is opened before it is used. The caller disposes it.</summary>
    public ServiceProvider OpenTracking() => new ServiceCollection().AddTracking(Variable).BuildServiceProvider();

    /// <summary>This process among those that a launcher has started.</summary>
    public WorldPlace Place => WorldPlace.Of(Variable);

    public string Models => Path.Combine(Home, "models");
}
