using Itra.Domain;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Portable.Imports;

/// <summary>A run that is in the store already, beside the one in a file.</summary>
internal sealed class KnownRun(NpgsqlConnection connection, PackedLines lines)
{
    /// <returns>True if the store has it as the file has; false if it is not there.</returns>
    /// <exception cref="UserErrorException">It has another.</exception>
    public async Task<bool> IsThereAsync(RunFileHeader header, CancellationToken cancellation)
    {
        if (await RecordedRun.ReadHeadAsync(connection, header.Run, cancellation) is not { } here) return false;
        if (here == header.Head) return true;
        var hashes = await ReadHashesAsync(header.Run, cancellation);
        await foreach (var (line, _) in lines.ReadAsync(cancellation))
        {
            if (line is not EventLine e) continue;
            if (e.Version > hashes.Count) throw Refused(header, $"is shorter: it ends with event {here.Version}, the file with event {header.Head.Version}; import the file into an empty store (ITRA_HOME=FOLDER)");
            if (hashes[(int)e.Version - 1] != e.Hash) throw Refused(header, $"is another from event {e.Version} on; `itra audit verify {header.Run}` tells whether that one was changed");
        }
        throw Refused(header, $"goes on: it ends with event {here.Version}, the file with event {header.Head.Version}; there is nothing to import");
    }

    private static UserErrorException Refused(RunFileHeader header, string how) => new($"{header.Run} is in the store already, and {how}");

    private async Task<List<string>> ReadHashesAsync(string runId, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"select coalesce(headers->>'{EventHash.Header}', '') from {TrackingSchema.Name}.mt_events where stream_id = $1 order by version", connection) { Parameters = { new() { Value = runId } } };
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<string> hashes = [];
        while (await rows.ReadAsync(cancellation)) hashes.Add(rows.GetString(0));
        return hashes;
    }
}
