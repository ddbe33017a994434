using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Resuming;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class RunsBranchCommand
{
    private const string At = "--at", Usage = $"itra runs branch RUN {At} last|best|epoch:N|step:N [flags of `itra train`] [--json]";

    public static Command Create(Session session)
    {
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("branch", "Starts a new run from a checkpoint of another, with changed settings.") { words };
        command.SetAction((parsed, cancellation) => RunAsync(session, parsed.GetValue(words) ?? [], cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Session session, IReadOnlyList<string> words, CancellationToken cancellation)
    {
        if (words is [] || words.Any(w => w is "--help" or "-h"))
        {
            session.Terminal.Out.WriteLine($"{Usage}\nTrains on from that checkpoint, as a run of its own, under the other run's settings and those that are given.");
            return words is [] ? ExitCode.WrongInput : ExitCode.Done;
        }
        var (text, at, flags) = Parted(words);
        var changes = TrainSettings.Read(flags);
        var place = session.Place;
        await using var execution = new Execution(session, progressToError: changes.Has(TrainSettings.Json), place: place);
        if (place.Follows) return await execution.FollowAsync(config: null);
        await Reading.CloseOrphansAsync(execution.Reader, session, cancellation);
        var parent = await PastRun.FindAsync(execution.Reader, text, cancellation);
        var checkpoint = CheckpointChoice.Pick(parent, at) ?? throw new UserErrorException($"{parent.Id} has kept no checkpoint to branch from");
        var taken = (await execution.Reader.ListRunsAsync(new RunFilter(), cancellation)).Select(r => r.Name).ToHashSet();
        var request = Branching.Of(parent, checkpoint, changes, taken);
        foreach (var notice in request.Notices) session.Terminal.Error.WriteLine($"itra: {notice}");
        execution.EnterWorkingDirectory(parent.Registered.Provenance);
        var outcome = await execution.RunAsync(place.IsAlone ? request : request.On(place), words);
        WayOn.Tell(outcome, session.Terminal, changes.Has(TrainSettings.Json));
        return ExitCode.Of(outcome.Status);
    }

    /// <summary>Flags of training are read as argparse reads them; run and checkpoint come out before.</summary>
    private static (string Run, string At, IReadOnlyList<string> Flags) Parted(IReadOnlyList<string> words)
    {
        if (words[0].StartsWith('-')) throw new UserErrorException($"which run is to be branched? Write {Usage}");
        List<string> flags = [.. words.Skip(1)];
        string? at = null;
        if (flags.FindLastIndex(f => f.StartsWith(At + "=", StringComparison.Ordinal)) is var joined and >= 0)
        {
            at = flags[joined][(At.Length + 1)..];
            flags.RemoveAt(joined);
        }
        else if (flags.LastIndexOf(At) is var i and >= 0 && i + 1 < flags.Count)
        {
            at = flags[i + 1];
            flags.RemoveRange(i, 2);
        }
        return (words[0], at ?? throw new UserErrorException($"{At} is missing: say where the branch begins ({CheckpointChoice.Forms})"), flags);
    }
}
