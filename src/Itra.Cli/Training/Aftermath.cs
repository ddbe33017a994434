using System.Data.Common;
using System.Security.Cryptography;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.WriteAhead;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Training;

/// <summary>What comes after a run: the store catches up with its log, and the ends of all chains are sealed.</summary>
internal sealed class Aftermath(IServiceProvider services, Session session, bool offline)
{
    // A server that restarts is back by then; one that does not is not worth anybody's waiting, as the log keeps everything.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public async Task FinishAsync()
    {
        var journal = services.GetRequiredService<WriteAheadJournal>();
        if (await journal.DrainAsync(offline ? TimeSpan.Zero : Patience, CancellationToken.None)) await SealAsync();
        else if (journal.TakenOver is { } taken) Say($"{Form.Count(journal.Lag.Events)} events of this process are not part of the run and stay in {string.Join(", ", journal.Logs)}: {taken}");
        else if (offline) Say($"recorded without a store, in {string.Join(", ", journal.Logs)}: `itra sync` ships it");
        else Say($"{Form.Count(journal.Lag.Events)} events are not in the store yet ({journal.Lag.Why}): they wait in {string.Join(", ", journal.Logs)}{UploadText.Of(services.GetRequiredService<Uploads>().Lag)}; `itra sync` ships them");
    }

    /// <summary>What is not sealed now will be with the next run: no reason to call this one failed.</summary>
    private async Task SealAsync()
    {
        try
        {
            await services.GetRequiredService<Ledger>().SealAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is UserErrorException or DbException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            Say("the run is recorded, but not sealed yet: " + e.Message.ReplaceLineEndings(" "));
        }
    }

    private void Say(string line) => session.Terminal.Error.WriteLine("itra: " + session.Redaction.Text(line));
}
