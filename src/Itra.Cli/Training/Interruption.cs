using System.Runtime.InteropServices;

namespace Itra.Cli.Training;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks to stop in good order, the second is left to the system and quits at once. Under a launcher one Ctrl-C
/// may come twice, from the terminal and from the launcher that hands it on: what follows the first closely is the same.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan SameSignal = TimeSpan.FromSeconds(2);

    // srun, Open MPI, MPICH and Intel MPI, torchrun.
    private static readonly string[] OfLaunchers = ["SLURM_STEP_ID", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "TORCHELASTIC_RUN_ID"];

    private readonly Lock gate = new();
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <param name="notify">Told once, when the first signal comes.</param>
    /// <param name="quitting">Told when the second comes, just before the process ends.</param>
    public Interruption(Session session, Action notify, Action? quitting = null)
    {
        var isLaunched = OfLaunchers.Any(name => session.Variable(name) is { Length: > 0 });
        long first = 0;
        void Handle(PosixSignalContext context)
        {
            lock (gate)
            {
                if (source.IsCancellationRequested)
                {
                    context.Cancel = isLaunched && session.Clock.GetElapsedTime(first) < SameSignal;
                    if (!context.Cancel) quitting?.Invoke();
                    return;
                }
                context.Cancel = true;
                first = session.Clock.GetTimestamp();
                source.Cancel();
                notify();
            }
        }
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }
}
