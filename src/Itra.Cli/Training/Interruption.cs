using System.Runtime.InteropServices;

namespace Itra.Cli.Training;

/// <summary>Ctrl-C and SIGTERM: the first asks to stop in good order, the second is left to the system and quits at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <param name="notify">Told once, when the first signal comes.</param>
    /// <param name="quitting">Told when the second comes, just before the process ends.</param>
    public Interruption(Action notify, Action? quitting = null)
    {
        void Handle(PosixSignalContext context)
        {
            if (source.IsCancellationRequested)
            {
                quitting?.Invoke();
                return;
            }
            context.Cancel = true;
            source.Cancel();
            notify();
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
