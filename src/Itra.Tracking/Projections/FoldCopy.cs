using Itra.Tracking.Leaderboards;
using Npgsql;
using NpgsqlTypes;

namespace Itra.Tracking.Projections;

/// <summary>Writes freshly folded rows, many at a time.</summary>
/// <param name="target">Where the rows of a table go: into it, or into one of the same form.</param>
internal sealed class FoldCopy(NpgsqlConnection connection, Func<FoldedTable, string> target)
{
    public async Task AddAsync(IReadOnlyList<RunFold> runs, CancellationToken cancellation)
    {
        await CopyAsync(FoldedTable.Summaries, runs.Where(r => r.Summary is not null), async (copy, run) =>
        {
            await copy.WriteAsync(run.RunId, cancellation);
            await copy.WriteAsync(run.Summary!, NpgsqlDbType.Jsonb, cancellation);
            await copy.WriteAsync(run.Version, cancellation);
            await copy.WriteAsync(typeof(Runs.RunSummary).FullName!, cancellation);
        }, cancellation);
        await CopyAsync(FoldedTable.Specs, runs.Select(r => r.Spec).OfType<Runs.RunSpecRow>(), async (copy, spec) =>
        {
            await copy.WriteAsync(spec.RunId, cancellation);
            await copy.WriteAsync(spec.RegisteredAt.ToUniversalTime(), NpgsqlDbType.TimestampTz, cancellation);
            await copy.WriteAsync(spec.Experiment, cancellation);
            await copy.WriteAsync(spec.Trainer, cancellation);
            await copy.WriteAsync(spec.Name, cancellation);
            await copy.WriteAsync(spec.Seed, cancellation);
            await copy.WriteAsync(spec.Kin, cancellation);
            await copy.WriteAsync(spec.Config, NpgsqlDbType.Jsonb, cancellation);
            await copy.WriteAsync(spec.Reproduces, cancellation);
        }, cancellation);
        await CopyAsync(FoldedTable.Scores, runs.SelectMany(r => r.Scores.Select(s => (Row: s, r.Spec!.Experiment))), (copy, s) => WriteAsync(copy, s.Row, s.Experiment, cancellation), cancellation);
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, ScoreRow row, string experiment, CancellationToken cancellation)
    {
        await copy.WriteAsync(row.RunId, cancellation);
        await copy.WriteAsync(row.Version, cancellation);
        await copy.WriteAsync(row.Metric, cancellation);
        await copy.WriteAsync(row.At.ToUniversalTime(), NpgsqlDbType.TimestampTz, cancellation);
        await copy.WriteAsync(row.Epoch, cancellation);
        await copy.WriteAsync(experiment, cancellation);
        await copy.WriteAsync(row.Dataset, cancellation);
        await copy.WriteAsync(row.DatasetDigest, cancellation);
        await copy.WriteAsync(row.Weights, cancellation);
        await copy.WriteAsync(row.Value, cancellation);
        if (row is { SupersededAt: { } at, SupersededBy: { } by })
        {
            await copy.WriteAsync(at.ToUniversalTime(), NpgsqlDbType.TimestampTz, cancellation);
            await copy.WriteAsync(by, cancellation);
        }
        else
        {
            await copy.WriteNullAsync(cancellation);
            await copy.WriteNullAsync(cancellation);
        }
    }

    private async Task CopyAsync<T>(FoldedTable table, IEnumerable<T> rows, Func<NpgsqlBinaryImporter, T, Task> write, CancellationToken cancellation)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"copy {target(table)} ({table.Columns}) from stdin (format binary)", cancellation);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancellation);
            await write(copy, row);
        }
        await copy.CompleteAsync(cancellation);
    }
}
