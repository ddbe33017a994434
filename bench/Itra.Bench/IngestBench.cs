using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Itra.Tracking.WriteAhead;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace Itra.Bench;

/// <summary>Points per second, side by side: through the log in chunks, as one row per point by COPY, as one event per point.</summary>
internal static class IngestBench
{
    private const int Steps = 1000, EventsPerCommit = 1000;

    public sealed record PointLogged(string Metric, long Step, double Value);

    public static async Task RunAsync(TrackingDatabase database, string home, int seconds)
    {
        MetricChunk[] chunks = [.. Enumerable.Range(0, 20).Select(i => LoadBench.Chunk(i * Steps, Steps, new Random(i)))];
        var connection = new NpgsqlConnectionStringBuilder { Host = Path.Combine(database.Cluster!.Location!, "s"), Username = "itra", Database = "itra" }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(connection);

        var logged = await LogAsync(database, home, chunks, seconds);
        Console.WriteLine($"through the log, in chunks of {Steps} steps: {logged:N0} points/s until all is stored");
        var copied = await CopyAsync(source, chunks, seconds);
        Console.WriteLine($"one row per point by COPY: {copied:N0} points/s; the log is {logged / copied:F1} times as fast");
        var appended = await AppendAsync(source, chunks, seconds);
        Console.WriteLine($"one event per point by Marten, {EventsPerCommit} in a transaction: {appended:N0} points/s; the log is {logged / appended:F0} times as fast");
    }

    private static async Task<double> LogAsync(TrackingDatabase database, string home, MetricChunk[] chunks, int seconds)
    {
        await using var journal = new WriteAheadJournal(new MartenRunJournal(database, TimeProvider.System), (_, _) => Task.CompletedTask, home, TimeProvider.System);
        await LoadBench.BeginAsync(journal, "run-ingest");
        var (since, points, step) = (Stopwatch.StartNew(), 0L, 0L);
        for (var i = 0; since.Elapsed.TotalSeconds < seconds; i++)
        {
            var chunk = chunks[i % chunks.Length];
            await LoadBench.RecordAsync(journal, "run-ingest", new LogMetrics(new MetricChunk(step, chunk.Names, chunk.Values)));
            (step, points) = (step + Steps, points + (long)Steps * chunk.Names.Count);
            // The log is faster than any store: as far ahead as this it gets, and no farther.
            while (journal.Lag.Events > 20) await Task.Delay(5);
        }
        await journal.DrainAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
        return points / since.Elapsed.TotalSeconds;
    }

    private static async Task<double> CopyAsync(NpgsqlDataSource source, MetricChunk[] chunks, int seconds)
    {
        await using (var create = source.CreateCommand("create table public.point (run text not null, metric text not null, step bigint not null, value double precision not null, primary key (run, metric, step))"))
            await create.ExecuteNonQueryAsync();
        await using var connection = await source.OpenConnectionAsync();
        var (since, points, first) = (Stopwatch.StartNew(), 0L, 0L);
        for (var i = 0; since.Elapsed.TotalSeconds < seconds; i++, first += Steps)
        {
            var chunk = chunks[i % chunks.Length];
            await using var copy = await connection.BeginBinaryImportAsync("copy public.point from stdin (format binary)");
            for (var metric = 0; metric < chunk.Names.Count; metric++)
            {
                for (var step = 0; step < Steps; step++, points++)
                {
                    await copy.StartRowAsync();
                    await copy.WriteAsync("run-copy");
                    await copy.WriteAsync(chunk.Names[metric]);
                    await copy.WriteAsync(first + step);
                    await copy.WriteAsync(chunk.Values[metric][step]);
                }
            }
            await copy.CompleteAsync();
        }
        return points / since.Elapsed.TotalSeconds;
    }

    private static async Task<double> AppendAsync(NpgsqlDataSource source, MetricChunk[] chunks, int seconds)
    {
        await using var store = DocumentStore.For(options =>
        {
            options.Connection(source);
            options.DatabaseSchemaName = "bench";
            options.Events.StreamIdentity = StreamIdentity.AsString;
        });
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        var points = chunks.SelectMany(c => Enumerable.Range(0, Steps).SelectMany(s => c.Names.Select((name, m) => new PointLogged(name, c.FirstStep + s, c.Values[m][s]))));
        var (since, stored) = (Stopwatch.StartNew(), 0L);
        foreach (var batch in points.Chunk(EventsPerCommit))
        {
            await using var session = store.LightweightSession();
            session.Events.Append("run-events", batch);
            await session.SaveChangesAsync();
            stored += batch.Length;
            if (since.Elapsed.TotalSeconds > seconds) break;
        }
        return stored / since.Elapsed.TotalSeconds;
    }
}
