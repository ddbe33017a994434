using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Bench;

/// <summary>Many runs at once into one PostgreSQL: whether any is held up, whether anything is missing, how far the store falls behind.</summary>
internal static class LoadBench
{
    private const int Metrics = 100, StepsPerSecond = 10;
    private static readonly string[] Names = [.. Enumerable.Range(0, Metrics).Select(i => $"metric-{i:D2}")];

    public static async Task RunAsync(string home, int seconds, int runs)
    {
        await using var database = new TrackingDatabase(new EmbeddedAddress(home), Environment.GetEnvironmentVariable);
        try
        {
            await database.EnsureRunningAsync(CancellationToken.None);
            // Makes the schema, for which nobody is to wait.
            await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await BeginAsync(journal, "run-first");
            await LoadAsync(database, home, seconds, runs);
            await IngestBench.RunAsync(database, home, Math.Clamp(seconds / 10, 5, 30));
        }
        finally
        {
            await database.Cluster!.StopAsync(CancellationToken.None);
        }
    }

    public static async Task BeginAsync(IRunJournal journal, string id)
    {
        var spec = new RunSpec("bench", "bench", id, 1, new Dictionary<string, string>());
        var origin = new Provenance(null, false, [], "/", "", "", "", "", "", new Dictionary<string, string>(), "", 0, 0);
        await RecordAsync(journal, id, new RegisterRun(id, spec, origin));
        await RecordAsync(journal, id, new StartRun("host", 1, TimeProvider.System.GetUtcNow()));
    }

    public static Task RecordAsync(IRunJournal journal, string id, RunCommand command) => journal.RecordAsync(id, command with { At = TimeProvider.System.GetUtcNow() }, CancellationToken.None);

    /// <summary>Values as a noisy training gives them.</summary>
    public static MetricChunk Chunk(long first, int count, Random random) =>
        new(first, Names, [.. Names.Select(_ => Enumerable.Range(0, count).Select(i => (double)(float)(2.3 / (1 + (first + i) / 20000.0) + 0.1 * random.NextDouble())).ToArray())]);

    private static async Task LoadAsync(TrackingDatabase database, string home, int seconds, int runs)
    {
        var journals = Enumerable.Range(0, runs).Select(i => new WriteAheadJournal(new MartenRunJournal(database, TimeProvider.System), (_, _) => Task.CompletedTask, Path.Combine(home, $"machine-{i}"), TimeProvider.System)).ToList();
        for (var i = 0; i < runs; i++) await BeginAsync(journals[i], Id(i));
        Console.WriteLine($"{runs} runs x {Metrics} metrics x {StepsPerSecond} steps/s for {seconds} s, {Environment.ProcessorCount} cores");

        var began = Stopwatch.StartNew();
        var longest = new TimeSpan[runs];
        var loops = Enumerable.Range(0, runs).Select(i => Task.Run(() => TrainAsync(journals[i], i, seconds, took => longest[i] = took > longest[i] ? took : longest[i]))).ToList();
        var (all, worst) = (Task.WhenAll(loops), 0L);
        for (var next = TimeSpan.Zero; !all.IsCompleted; next += TimeSpan.FromSeconds(Math.Max(1, seconds / 6)))
        {
            await Task.WhenAny(all, Task.Delay(next - began.Elapsed is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero));
            var lag = journals.Sum(j => j.Lag.Events);
            worst = Math.Max(worst, lag);
            Console.WriteLine($"  after {began.Elapsed.TotalSeconds,4:F0} s: {GC.GetTotalMemory(forceFullCollection: true) / 1e6,6:F0} MB live, {Environment.WorkingSet / 1e6,6:F0} MB resident, {lag} events behind");
        }
        var late = await all;
        var drained = await Task.WhenAll(journals.Select(j => j.DrainAsync(TimeSpan.FromMinutes(2), CancellationToken.None)));
        Console.WriteLine($"  all stored: {drained.All(d => d)}, {began.Elapsed.TotalSeconds - seconds:F1} s after the last step; at most {worst} events behind when looked at");
        Console.WriteLine($"  longest a step waited for its record: {longest.Max().TotalMilliseconds:F1} ms (median of the runs' longest {longest.Order().ElementAt(runs / 2).TotalMilliseconds:F1} ms); a step began {late.Max().TotalMilliseconds:F0} ms late at most");
        foreach (var journal in journals) await journal.DisposeAsync();
        await CountAsync(database, seconds, runs);
    }

    /// <returns>How late a step began at most: what a machine that is too slow for the load shows.</returns>
    private static async Task<TimeSpan> TrainAsync(WriteAheadJournal journal, int number, int seconds, Action<TimeSpan> tell)
    {
        var (random, buffer, late) = (new Random(number), new MetricBuffer(TimeProvider.System), TimeSpan.Zero);
        var began = Stopwatch.StartNew();
        for (var step = 0; step < seconds * StepsPerSecond; step++)
        {
            var due = TimeSpan.FromSeconds((double)step / StepsPerSecond) - began.Elapsed;
            if (due > TimeSpan.Zero) await Task.Delay(due);
            else if (-due > late) late = -due;
            var chunk = Chunk(step, 1, random);
            var since = Stopwatch.GetTimestamp();
            if (buffer.Add(chunk) is { } full) await RecordAsync(journal, Id(number), full);
            tell(Stopwatch.GetElapsedTime(since));
        }
        if (buffer.Flush() is { } rest) await RecordAsync(journal, Id(number), rest);
        await RecordAsync(journal, Id(number), new CompleteRun());
        return late;
    }

    private static async Task CountAsync(TrackingDatabase database, int seconds, int runs)
    {
        var (curves, missing, blocks) = (new MetricCurves(database), 0L, 0);
        for (var i = 0; i < runs; i++)
        {
            foreach (var name in Names)
            {
                var steps = (await curves.ReadAsync(Id(i), name, CancellationToken.None)).Steps;
                missing += seconds * StepsPerSecond - steps.Distinct().Count();
            }
            blocks += await curves.VerifyAsync(Id(i), CancellationToken.None);
        }
        Console.WriteLine($"  of {(long)runs * Metrics * seconds * StepsPerSecond:N0} points {missing:N0} are missing; {blocks:N0} events agree with their values");
    }

    private static string Id(int number) => $"run-load{number:D3}";
}
