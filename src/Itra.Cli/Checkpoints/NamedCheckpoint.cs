using Itra.Cli.Resuming;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;

namespace Itra.Cli.Checkpoints;

/// <summary>A checkpoint that somebody means: <c>RUN</c> for its last, <c>RUN@best</c>, <c>RUN@epoch:3</c>, <c>RUN@step:120</c>, or <c>RUN@</c> and the beginning of a digest.</summary>
internal sealed record NamedCheckpoint(PastRun Run, Artifact File)
{
    public const string Forms = "RUN for its last checkpoint, or RUN@last, RUN@best, RUN@epoch:N, RUN@step:N, RUN@DIGEST";

    private const int ShortestDigest = 6;

    /// <exception cref="UserErrorException">There is no such run or checkpoint.</exception>
    /// <exception cref="RunRuleException">It was deleted.</exception>
    public static async Task<NamedCheckpoint> FindAsync(RunReader reader, string text, CancellationToken cancellation)
    {
        var at = text.LastIndexOf('@');
        var run = await PastRun.FindAsync(reader, at < 0 ? text : text[..at], cancellation);
        var which = at < 0 ? CheckpointChoice.Last : text[(at + 1)..];
        if (which.Length >= ShortestDigest && which.All(char.IsAsciiHexDigitLower)) return new NamedCheckpoint(run, ByDigest(run, which));
        return CheckpointChoice.Pick(run, which) is { } found && run.State.Fates.TryGetValue(found.Artifact.Sha256, out var fate) ? new NamedCheckpoint(run, fate.File)
            : throw new UserErrorException($"{run.Id} keeps no checkpoint: `itra checkpoints ls {run.Id}` lists what it has saved");
    }

    private static Artifact ByDigest(PastRun run, string beginning)
    {
        var found = run.State.Fates.Values.Where(f => f.File.Sha256.StartsWith(beginning, StringComparison.Ordinal)).ToList();
        if (found is not [var one]) throw new UserErrorException($"{run.Id} has {(found.Count == 0 ? "no checkpoint" : $"{found.Count} checkpoints")} whose digest begins with {beginning}: `itra checkpoints ls {run.Id}` lists them");
        return one.Deletion is { } gone ? throw CheckpointRules.Gone(run.State, gone) : one.File;
    }
}
