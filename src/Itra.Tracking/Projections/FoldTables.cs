using Npgsql;

namespace Itra.Tracking.Projections;

/// <summary>Puts freshly folded rows into tables of the session's own, beside those that are to be compared or replaced.</summary>
internal sealed class FoldTables(NpgsqlConnection connection)
{
    public async Task CreateAsync(CancellationToken cancellation)
    {
        foreach (var table in FoldedTable.All)
            await connection.ExecuteAsync($"drop table if exists {table.Folded}; create temp table {table.Folded} as select {table.Columns} from {table.Name} where false", cancellation);
    }

    public async Task ForgetAsync(IReadOnlyList<string> runs, CancellationToken cancellation)
    {
        foreach (var table in FoldedTable.All)
        {
            await using var command = new NpgsqlCommand($"delete from {table.Folded} where {table.Key.Split(", ")[0]} = any ($1)", connection) { CommandTimeout = 0 };
            command.Parameters.Add(new NpgsqlParameter { Value = runs.ToArray() });
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    public Task AddAsync(IReadOnlyList<RunFold> runs, CancellationToken cancellation) => new FoldCopy(connection, table => table.Folded).AddAsync(runs, cancellation);
}
