using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Projections;

/// <summary>How far a rebuild has come.</summary>
public sealed record RebuildProgress(long Runs, long Of);

/// <summary>What a rebuild did.</summary>
/// <param name="Differences">Rows that were otherwise than the events say, by table; empty if all was as it should be.</param>
public sealed record RebuildOutcome(long Runs, long Scores, IReadOnlyList<FoldDifference> Differences);

/// <summary>Rows that differ from what the events say.</summary>
/// <param name="Table">Without its schema.</param>
/// <param name="Runs">The first few runs that are concerned.</param>
public sealed record FoldDifference(string Table, long Rows, IReadOnlyList<string> Runs);

/// <summary>
/// Folds everything that is folded again, from the events alone. Runs that are recorded meanwhile go on: the fresh rows are made beside
/// the old ones, and only for the moment in which they take their place does an append wait. Broken off, it has changed nothing.
/// </summary>
public sealed class ProjectionRebuild
{
    private readonly Func<CancellationToken, Task<NpgsqlConnection>> open;

    public ProjectionRebuild(TrackingDatabase database) => open = async cancellation =>
    {
        await using (await Runs.TrackingStore.OpenAsync(database, cancellation)) { }
        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellation);
        return connection;
    };

    internal ProjectionRebuild(NpgsqlDataSource source) => open = cancellation => source.OpenConnectionAsync(cancellation).AsTask();

    /// <summary>Puts every row right that is not.</summary>
    public async Task<RebuildOutcome> RunAsync(IProgress<RebuildProgress>? progress, CancellationToken cancellation)
    {
        await using var connection = await open(cancellation);
        var (tables, versions) = (new FoldTables(connection), new Dictionary<string, long>());
        await tables.CreateAsync(cancellation);
        await FoldAsync(tables, versions, runs: null, snapshot: null, progress, cancellation);

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(
            $"lock table {TrackingSchema.Name}.mt_streams, {string.Join(", ", FoldedTable.All.Select(t => t.Name))} in share row exclusive mode", cancellation);
        var behind = await BehindAsync(connection, versions, cancellation);
        await tables.ForgetAsync(behind, cancellation);
        await FoldAsync(tables, versions, behind, snapshot: null, progress: null, cancellation);
        var outcome = await CompareAsync(connection, cancellation);
        foreach (var table in FoldedTable.All) await ReplaceAsync(connection, table, cancellation);
        await transaction.CommitAsync(cancellation);
        // Counts read the index alone once the rows are known to be there for everybody.
        foreach (var table in FoldedTable.All) await connection.ExecuteAsync($"vacuum (analyze) {table.Name}", cancellation);
        return outcome;
    }

    /// <summary>Looks for rows that are not what the events say, and leaves them as they are.</summary>
    public async Task<RebuildOutcome> CompareAsync(IProgress<RebuildProgress>? progress, CancellationToken cancellation)
    {
        await using var connection = await open(cancellation);
        // Events and rows as of one moment, however long it takes.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await using var command = new NpgsqlCommand("select pg_export_snapshot()", connection);
        var snapshot = (string)(await command.ExecuteScalarAsync(cancellation))!;
        var tables = new FoldTables(connection);
        await tables.CreateAsync(cancellation);
        await FoldAsync(tables, [], runs: null, snapshot, progress, cancellation);
        return await CompareAsync(connection, cancellation);
    }

    private async Task FoldAsync(
        FoldTables tables, Dictionary<string, long> versions, IReadOnlyList<string>? runs, string? snapshot, IProgress<RebuildProgress>? progress, CancellationToken cancellation)
    {
        if (runs is []) return;
        await using var connection = await open(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        if (snapshot is not null) await connection.ExecuteAsync($"set transaction snapshot '{snapshot}'", cancellation);
        var all = progress is null ? 0 : await connection.CountAsync($"select count(*) from {TrackingSchema.Name}.mt_streams", cancellation);
        await foreach (var portion in new FoldStream(connection).ReadAsync(runs, cancellation))
        {
            await tables.AddAsync(portion, cancellation);
            foreach (var run in portion) versions[run.RunId] = run.Version;
            progress?.Report(new RebuildProgress(versions.Count, all));
        }
    }

    /// <summary>Streams that have grown since they were folded.</summary>
    private static async Task<IReadOnlyList<string>> BehindAsync(NpgsqlConnection connection, Dictionary<string, long> versions, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select id, version from {TrackingSchema.Name}.mt_streams", connection) { CommandTimeout = 0 };
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<string> behind = [];
        while (await rows.ReadAsync(cancellation))
            if (versions.GetValueOrDefault(rows.GetString(0)) != rows.GetInt64(1)) behind.Add(rows.GetString(0));
        return behind;
    }

    private static async Task<RebuildOutcome> CompareAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        List<FoldDifference> differences = [];
        await connection.ExecuteAsync("set local work_mem = '256MB'", cancellation);
        foreach (var table in FoldedTable.All)
        {
            var run = "a." + table.Key.Split(", ")[0];
            await connection.ExecuteAsync($"analyze {table.Folded}", cancellation);
            await using var command = new NpgsqlCommand($"""
                select count(*), coalesce((array_agg(distinct run))[:5], array[]::text[])
                from (select {run}::text as run from {table.Missing(table.Folded, table.Name)} union all select {run}::text from {table.Beyond}) x
                """, connection) { CommandTimeout = 0 };
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            await rows.ReadAsync(cancellation);
            if (rows.GetInt64(0) is > 0 and var count) differences.Add(new FoldDifference(table.Name[(table.Name.IndexOf('.') + 1)..], count, rows.GetFieldValue<string[]>(1)));
        }
        return new RebuildOutcome(
            await connection.CountAsync($"select count(*) from {FoldedTable.Specs.Folded}", cancellation),
            await connection.CountAsync($"select count(*) from {FoldedTable.Scores.Folded}", cancellation), differences);
    }

    private static async Task ReplaceAsync(NpgsqlConnection connection, FoldedTable table, CancellationToken cancellation)
    {
        // Into an empty table, rows first and indexes afterwards is several times faster.
        var empty = await connection.CountAsync($"select count(*) from (select 1 from {table.Name} limit 1) x", cancellation) == 0;
        if (empty) foreach (var index in table.IndexNames) await connection.ExecuteAsync($"drop index if exists {TrackingSchema.Name}.{index}", cancellation);
        await connection.ExecuteAsync($"""
            delete from {table.Missing(table.Name, table.Folded)};
            insert into {table.Name} ({table.Columns}) select {table.Columns} from {table.Missing(table.Folded, table.Name)};
            """, cancellation);
        if (empty) await connection.ExecuteAsync(table.Indexes, cancellation);
    }
}
