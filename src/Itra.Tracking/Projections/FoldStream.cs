using System.Threading.Channels;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Projections;

/// <summary>Reads runs from the events and folds them: one task reads, one folds, and the caller takes what comes in portions.</summary>
internal sealed class FoldStream(NpgsqlConnection connection)
{
    private const int Portion = 1000;

    private sealed record Stream(string Id, List<(long Version, string Type, byte[] Data)> Events);

    /// <param name="runs">Only these streams; null for all.</param>
    public async IAsyncEnumerable<IReadOnlyList<RunFold>> ReadAsync(IReadOnlyList<string>? runs, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var raw = Channel.CreateBounded<List<Stream>>(4);
        var folded = Channel.CreateBounded<List<RunFold>>(4);
        var reading = Task.Run(() => PassAsync(raw.Writer, () => ReadEventsAsync(runs, raw.Writer, stop.Token)), stop.Token);
        var folding = Task.Run(() => PassAsync(folded.Writer, async () =>
        {
            await foreach (var streams in raw.Reader.ReadAllAsync(stop.Token)) await folded.Writer.WriteAsync([.. streams.Select(Fold)], stop.Token);
        }), stop.Token);
        try
        {
            await foreach (var portion in folded.Reader.ReadAllAsync(cancellation)) yield return portion;
        }
        finally
        {
            // Whoever takes no more leaves nobody waiting at a full channel.
            await stop.CancelAsync();
            await Task.WhenAll(reading, folding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await reading;
        await folding;
    }

    private static async Task PassAsync<T>(ChannelWriter<T> to, Func<Task> work)
    {
        try
        {
            await work();
            to.Complete();
        }
        catch (Exception e)
        {
            to.Complete(e);
            throw;
        }
    }

    private async Task ReadEventsAsync(IReadOnlyList<string>? runs, ChannelWriter<List<Stream>> to, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"select stream_id, version, type, data::text from {TrackingSchema.Name}.mt_events where type = any ($1){(runs is null ? "" : " and stream_id = any ($2)")} order by stream_id, version",
            connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = TrackingRegistration.Events.Keys.ToArray() });
        if (runs is not null) command.Parameters.Add(new NpgsqlParameter { Value = runs.ToArray() });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<Stream> portion = [];
        while (await rows.ReadAsync(cancellation))
        {
            var id = rows.GetString(0);
            if (portion.Count == 0 || portion[^1].Id != id)
            {
                if (portion.Count == Portion)
                {
                    await to.WriteAsync(portion, cancellation);
                    portion = [];
                }
                portion.Add(new Stream(id, []));
            }
            portion[^1].Events.Add((rows.GetInt64(1), rows.GetString(2), rows.GetFieldValue<byte[]>(3)));
        }
        if (portion.Count > 0) await to.WriteAsync(portion, cancellation);
    }

    private static RunFold Fold(Stream stream) =>
        RunFold.Of(stream.Id, stream.Events[^1].Version, [.. stream.Events.Select(e => (e.Version, Event: (RunEvent)EventJson.Read(e.Type, e.Data)!))]);
}
