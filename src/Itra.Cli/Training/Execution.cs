using System.Globalization;
using Itra.Cli.Arguments;
using Itra.Cli.Display;
using Itra.Cli.Resuming;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking;
using Itra.Tracking.Postgres;
using Itra.Tracking.Audit;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Reading;
using Itra.Tracking.WriteAhead;
using Itra.Trainer;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using Itra.Trainer.Reproduction;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Serilog;
using Serilog.Events;
using Spectre.Console;

namespace Itra.Cli.Training;

/// <summary>Runs trainings in this process, one after another: shows them, lets people stop them, records how they end.</summary>
internal sealed class Execution : IAsyncDisposable
{
    private const string ScreenLine = "{Timestamp:HH:mm:ss} {Message:lj}{NewLine}{Exception}";
    private const string Threads = "threads";
    private readonly Session session;
    private readonly ServiceProvider services;
    private readonly Aftermath aftermath;
    private readonly List<RunLog> logs = [];
    private readonly bool progressToError;
    private readonly CancellationTokenSource others = new();
    private ITrainingDisplay? display;
    private List<string> notices = [];

    /// <param name="progressToError">Keeps stdout for an answer.</param>
    /// <param name="offline">Records in the run's log only.</param>
    /// <param name="place">This process among those of a launcher, if they are to train together.</param>
    /// <exception cref="UserErrorException">A launcher has started several processes of what one alone can do.</exception>
    public Execution(Session session, bool progressToError = false, bool offline = false, WorldPlace? place = null)
    {
        (this.session, this.progressToError) = (session, progressToError);
        if (place is null && session.Place is { IsAlone: false } several)
            throw new UserErrorException($"a launcher has started {several.Processes} processes of this command, which is for one: only `itra train`, `itra runs resume` and `itra runs branch` run as several (unset RANK and WORLD_SIZE, or what the launcher sets)");
        services = new ServiceCollection().AddTracking(session.Variable, offline).AddTrainers(session.Home, place, Say, StopWithOthers).AddSingleton<OpenRunLog>(OpenLog).BuildServiceProvider();
        aftermath = new Aftermath(services, session, offline);
    }

    /// <param name="Name">Of the run and of its folder; other than asked for if that was taken.</param>
    /// <param name="Status">Unknown if the run could not be recorded.</param>
    public sealed record Outcome(string RunId, string Name, RunStatus Status)
    {
        /// <summary>Updates behind the last checkpoint; null if a resumption would start over.</summary>
        public long? GoesOnFrom { get; init; }
    }

    public RunReader Reader => services.GetRequiredService<RunReader>();

    /// <summary>The first thing of a run's record that is not as it was, in words; null if all of it is.</summary>
    public async Task<string?> FirstChangeAsync(string runId, CancellationToken cancellation) => (await new AuditVerification(
        services.GetRequiredService<TrackingDatabase>(), services.GetRequiredService<Ledger>(), null, session.Clock).VerifyAsync(runId, null, null, cancellation)).Findings is [var first, ..] ? first.What : null;

    public MetricCurves Curves => services.GetRequiredService<MetricCurves>();

    public InputSearch Search => services.GetRequiredService<InputSearch>();

    public IReadOnlyList<string> Trainers => [.. services.GetServices<ITrainer>().Select(t => t.Name)];

    private ProvenanceCollector Collector => new(session.Redaction, services.GetRequiredService<IArtifactStore>(), line =>
    {
        notices.Add(line);
        session.Terminal.Error.WriteLine($"itra: {line}");
    }, line => notices.Add(line));

    /// <param name="words">The flags as they were typed.</param>
    /// <returns>How the run ended; why it failed has been said on the screen.</returns>
    /// <exception cref="UserErrorException">Nothing was recorded, because the request makes no sense.</exception>
    public async Task<Outcome> RunAsync(TrainRequest asked, IReadOnlyList<string> words)
    {
        if (!Trainers.Contains(asked.Trainer)) throw new UserErrorException($"there is no trainer '{asked.Trainer}'; known are: {string.Join(", ", Trainers)}");

        var (spec, made) = asked.Settle(session.Clock);
        notices = [.. asked.Notices];
        string[] command = asked.From is null ? ["itra", "train"] : ["itra", "runs", "branch"];
        var id = RunId.New();
        return await RecordAsync(id, $"{spec.Name} ({id})", made, async cancellation => new TrainRun(
            id, spec, await Collector.CollectAsync([.. command, .. words], asked.Config.Threads, asked.Config.Device, asked.OriginsOf(spec), cancellation)) { Origin = asked.Origin, From = asked.From });
    }

    /// <summary>Goes on with a run where it was started, in its own stream and folder.</summary>
    /// <param name="from">One of its checkpoints, or what it began with; null to start over.</param>
    /// <exception cref="UserErrorException">It cannot go on, and nothing was recorded.</exception>
    public Task<Outcome> ResumeAsync(PastRun run, CheckpointSaved? from)
    {
        var (spec, provenance) = (run.Registered.Spec, run.Registered.Provenance);
        EnterWorkingDirectory(provenance);
        // As many threads as before: a sum over other parts has other last digits.
        if (spec.Config.GetValueOrDefault(Threads) is null or "0" && provenance.Threads != Environment.ProcessorCount)
            spec = spec with { Config = new Dictionary<string, string>(spec.Config) { [Threads] = provenance.Threads.ToString(CultureInfo.InvariantCulture) } };
        var place = from is null ? "its beginning" : $"step {from.Updates}";
        notices = [$"the run goes on from {place}"];
        return RecordAsync(run.Id, $"{spec.Name} ({run.Id}) goes on from {place}", made: null, _ =>
            Task.FromResult(new TrainRun(run.Id, spec, provenance) { Origin = run.Registered.Origin, Resumes = true, From = from }));
    }

    /// <param name="made">The folder that was made for it, to be given back if there is no run after all.</param>
    /// <param name="around">Puts another display around the one there is.</param>
    /// <param name="stop">Another reason to stop than the user's.</param>
    public async Task<Outcome> RecordAsync(
        string id, string title, string? made, Func<CancellationToken, Task<TrainRun>> prepare, Func<ITrainingDisplay, ITrainingDisplay>? around = null, CancellationToken stop = default)
    {
        using var interruption = new Interruption(session, () => display?.Tell("stopping after this step, with a checkpoint; once more quits at once"), session.Terminal.ShowCursor);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, stop, others.Token);
        display = around is null ? NewDisplay(title) : around(NewDisplay(title));
        using var watch = new StoreWatch(services.GetRequiredService<WriteAheadJournal>(), services.GetRequiredService<Uploads>(), line => display?.Tell(line), session.Clock);
        var (name, kept) = ("", new CheckpointWatch(display));
        try
        {
            var request = await prepare(interruption.Token) with { Display = kept };
            (name, kept.Updates) = (request.Spec.Name, request.From?.Updates);
            var status = await display.DuringAsync(() => services.GetRequiredService<IMediator>().Send(request, stopping.Token));
            await aftermath.FinishAsync();
            return new Outcome(id, name, status) { GoesOnFrom = kept.Updates };
        }
        catch (Exception e) when (e is SpecRefusedException
            || (e is OperationCanceledException or (UserErrorException and not StoreUnavailableException) && !services.GetRequiredService<WriteAheadJournal>().Records(id)))
        {
            RunFolder.Release(made);
            throw;
        }
        catch (Exception e)
        {
            Failure.Report(e, session);
            foreach (var log in logs) log.Fail(e.Message.ReplaceLineEndings(" "));
            if (!services.GetRequiredService<WriteAheadJournal>().Records(id)) return new Outcome(id, name, RunStatus.Unknown);
            await aftermath.FinishAsync();
            return new Outcome(id, name, RunStatus.Failed) { GoesOnFrom = kept.Updates };
        }
        finally
        {
            display = null;
            foreach (var log in logs) log.Dispose();
            logs.Clear();
        }
    }

    /// <summary>Trains along with process 0, which records.</summary>
    /// <param name="config">What this process was started with; null to take what process 0 has.</param>
    /// <param name="logsLocally">Keeps a log of its own, in the run's folder as it is seen from here.</param>
    public async Task<int> FollowAsync(ClipConfig? config, bool logsLocally = false)
    {
        using var interruption = new Interruption(session, () => Say("asking process 0 to stop; once more quits at once"));
        try
        {
            return ExitCode.Of(await SendAsync(new FollowTraining(config, logsLocally), interruption.Token));
        }
        catch (Exception e)
        {
            foreach (var log in logs) log.Fail(e.Message.ReplaceLineEndings(" "));
            throw;
        }
        finally
        {
            foreach (var log in logs) log.Dispose();
            logs.Clear();
        }
    }

    /// <summary>Where a run that is started here and now comes from.</summary>
    public Task<Provenance> CollectAsync(IReadOnlyList<string> words, int threads, string device, IReadOnlyDictionary<string, string> origins, CancellationToken cancellation) =>
        Collector.CollectAsync(words, threads, device, origins, cancellation);

    /// <summary>Records what a comparison came to, with both runs.</summary>
    public async Task JudgeAsync(JudgeReproduction judgement)
    {
        var journal = services.GetRequiredService<IRunJournal>();
        foreach (var id in new[] { judgement.Reproduction, judgement.Original })
            await journal.RecordAsync(id, judgement with { At = session.Clock.GetUtcNow() }, CancellationToken.None);
        await aftermath.FinishAsync();
    }

    /// <summary>Another thing that the trainers can do.</summary>
    public Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellation) => services.GetRequiredService<IMediator>().Send(request, cancellation);

    /// <summary>Goes where a recorded run was started, if that folder is here: its settings name files from there.</summary>
    public void EnterWorkingDirectory(Provenance recorded)
    {
        if (!Directory.Exists(recorded.WorkingDirectory)) return;
        // Opened before, as its address may be relative, too.
        _ = services.GetRequiredService<IArtifactStore>();
        Environment.CurrentDirectory = recorded.WorkingDirectory;
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        others.Dispose();
    }

    private void Say(string line)
    {
        if (display is { } shown) shown.Tell(line);
        else session.Terminal.Error.WriteLine("itra: " + session.Redaction.Text(line));
    }

    private void StopWithOthers()
    {
        if (others.IsCancellationRequested) return;
        Say("another process was asked to stop: stopping after this step, with a checkpoint");
        others.Cancel();
    }

    private RunLog OpenLog(string? path)
    {
        var log = new RunLog(path, session.Redaction, Say);
        logs.Add(log);
        foreach (var notice in notices) log.Info(notice);
        return log;
    }

    private ITrainingDisplay NewDisplay(string title)
    {
        if (session.Terminal.IsInteractive && !progressToError) return new TerminalDisplay(AnsiConsole.Console, title, session.Clock);
        var screen = new LoggerConfiguration().WriteTo
            .Console(outputTemplate: ScreenLine, formatProvider: null, standardErrorFromLevel: progressToError ? LogEventLevel.Verbose : null).CreateLogger();
        return new PlainDisplay(screen, session.Clock, title);
    }
}
