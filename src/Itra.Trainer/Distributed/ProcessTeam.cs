using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Itra.Trainer.Distributed;

/// <summary>
/// The processes that train together, as one of them sees it. Process 0 says what is done next; whoever cannot go on tells the others, and
/// who dies or hangs is missed: every process sends a sign of life each second, whatever it is computing.
/// </summary>
internal sealed class ProcessTeam : IDisposable
{
    private static readonly TimeSpan PulseInterval = TimeSpan.FromSeconds(1), TimeToSayWhy = TimeSpan.FromSeconds(2);
    private readonly TimeSpan mostSilence;
    private readonly List<(int Process, string Name, ControlLine Line, Thread Listener)> others = [];
    private readonly BlockingCollection<Order> orders = [];
    private readonly BlockingCollection<(int Process, byte[] Content)> answers = [];
    private readonly CancellationTokenSource failed = new(), interrupted = new();
    private readonly ManualResetEventSlim isOver = new();
    private readonly ManualResetEventSlim isFailed = new();
    private readonly Lock gate = new();
    private readonly Thread pulse;
    private readonly Action askedToStop;
    private volatile RankFailedException? failure;
    private volatile bool hasEnded;

    /// <param name="lines">Process 0's to all others, another's to process 0.</param>
    /// <param name="data">Tensors travel here, to every other process.</param>
    /// <param name="askedToStop">Called in process 0 when another says that somebody wants to stop.</param>
    /// <param name="mostSilence">After which a process counts as dead.</param>
    public ProcessTeam(
        WorldPlace place, IReadOnlyList<(int Process, string Name, ControlLine Line)> lines, IReadOnlyList<DataLine> data, Invitation invitation, Action askedToStop, TimeSpan mostSilence)
    {
        (Place, Invitation, this.askedToStop, this.mostSilence) = (place, invitation, askedToStop, mostSilence);
        Link = new TcpNodeLink(place, data, this);
        foreach (var (process, name, line) in lines)
            others.Add((process, name, line, new Thread(() => Listen(process, name, line)) { Name = $"itra-from-{process}", IsBackground = true }));
        foreach (var other in others) other.Listener.Start();
        pulse = new Thread(Beat) { Name = "itra-pulse", IsBackground = true };
        pulse.Start();
    }

    public WorldPlace Place { get; }

    /// <summary>What process 0 told everybody at the start.</summary>
    public Invitation Invitation { get; }

    public TcpNodeLink Link { get; }

    /// <summary>Turns away who comes late; disposed with the team.</summary>
    public IDisposable? Reception { get; init; }

    /// <summary>Why there is no going on; null as long as all are well.</summary>
    public RankFailedException? Failure => failure;

    /// <summary>Signalled when a process cannot go on.</summary>
    public CancellationToken Failed => failed.Token;

    /// <summary>Signalled when somebody has asked a process to stop, or one cannot go on: what can be done again later is given up.</summary>
    public CancellationToken Interrupted => interrupted.Token;

    /// <exception cref="RankFailedException">A process cannot go on.</exception>
    public void ThrowIfFailed()
    {
        if (failure is { } known) throw new RankFailedException(known.Message, known);
    }

    /// <summary>Process 0 has all others do something.</summary>
    public void Give(Order order)
    {
        ThrowIfFailed();
        if (order.Kind == OrderKind.End) hasEnded = true;
        foreach (var other in others) Tell(other.Line, line => line.Say(Word.Order, order));
    }

    /// <summary>The same, and waits for what each has to say to it.</summary>
    public IReadOnlyList<T> Ask<T>(Order order) where T : class
    {
        Give(order);
        try
        {
            return [.. others.Select(_ => answers.Take(failed.Token)).OrderBy(a => a.Process).Select(a => ControlLine.Read<T>(a.Content))];
        }
        catch (OperationCanceledException)
        {
            ThrowIfFailed();
            throw;
        }
    }

    /// <summary>What process 0 wants done next. Waits for it, however long process 0 is busy.</summary>
    public Order Next()
    {
        try
        {
            return orders.Take(failed.Token);
        }
        catch (OperationCanceledException)
        {
            ThrowIfFailed();
            throw;
        }
    }

    /// <summary>Answers process 0's question.</summary>
    public void Answer<T>(T content) where T : class => Tell(others[0].Line, line => line.Say(Word.Answer, content));

    /// <summary>Somebody wants to stop here: process 0 tells it to all, another process to process 0.</summary>
    public void AskToStop()
    {
        if (Place.Process == 0) interrupted.Cancel();
        foreach (var other in others) Tell(other.Line, line => line.Say(Word.Stop));
    }

    /// <summary>Tells all others that this process cannot go on.</summary>
    public void Abandon(string reason)
    {
        foreach (var other in others) Tell(other.Line, line => line.Say(Word.Failure, $"process {Place.Process} on {Environment.MachineName} cannot go on: {reason}"));
    }

    /// <summary>A connection for tensors is broken: why, as far as anybody says.</summary>
    public RankFailedException Broken(Exception e)
    {
        // Who fails for a reason has told it on another connection, and who dies is missed there, too.
        if (!isFailed.Wait(TimeToSayWhy)) Fail($"a connection between processes is broken: {e.Message}", known: null);
        return new RankFailedException(failure!.Message, failure);
    }

    public void Dispose()
    {
        if (!hasEnded && failure is null) Abandon("it has stopped, and says itself why");
        hasEnded = true;
        isOver.Set();
        foreach (var other in others) Tell(other.Line, line => line.Socket.Shutdown(SocketShutdown.Send));
        // A word that the other has not read yet is lost when the connection is closed on words that this one has not read.
        foreach (var other in others) other.Listener.Join(TimeToSayWhy);
        foreach (var other in others) other.Line.Dispose();
        Link.Dispose();
        Reception?.Dispose();
        pulse.Join();
        foreach (var other in others) other.Listener.Join();
        failed.Dispose();
        interrupted.Dispose();
        orders.Dispose();
        answers.Dispose();
    }

    private void Listen(int process, string name, ControlLine line)
    {
        try
        {
            while (line.Hear() is var (word, content))
            {
                switch (word)
                {
                    case Word.Order:
                        var order = ControlLine.Read<Order>(content);
                        hasEnded |= order.Kind == OrderKind.End;
                        orders.Add(order);
                        break;
                    case Word.Answer:
                        answers.Add((process, content));
                        break;
                    case Word.Stop:
                        if (Place.Process == 0) askedToStop();
                        else interrupted.Cancel();
                        break;
                    case Word.Failure:
                        Fail(Encoding.UTF8.GetString(content), line);
                        break;
                    case Word.Pulse:
                        break;
                    default:
                        throw new InvalidDataException($"word {word} has no place in a training");
                }
            }
            if (!hasEnded) Fail($"{name} has ended without a word: it was killed, or has said why itself", line);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidDataException)
        {
            if (!hasEnded) Fail($"{name} cannot be heard any more: {e.Message}", line);
        }
    }

    private void Beat()
    {
        while (!isOver.Wait(PulseInterval))
        {
            foreach (var (_, name, line, _) in others)
            {
                Tell(line, l => l.Say(Word.Pulse));
                if (line.Silence > mostSilence && !hasEnded) Fail($"{name} has not been heard of for {mostSilence.TotalSeconds:f0} seconds: it hangs, or its machine cannot be reached", line);
            }
        }
    }

    /// <param name="known">The one who knows already.</param>
    private void Fail(string reason, ControlLine? known)
    {
        lock (gate)
        {
            if (failure is not null) return;
            failure = new RankFailedException(reason);
        }
        foreach (var other in others.Where(o => o.Line != known)) Tell(other.Line, line => line.Say(Word.Failure, reason));
        Link.Break();
        isFailed.Set();
        failed.Cancel();
        interrupted.Cancel();
    }

    // Whether the other is still there is found out by who listens to it.
    private static void Tell(ControlLine line, Action<ControlLine> speak)
    {
        try
        {
            speak(line);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
