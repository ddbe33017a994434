using System.Security.Cryptography;
using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>Folds events again, stream by stream, and compares with the documents that are stored.</summary>
internal interface IFoldedDocuments
{
    /// <summary>Takes the next event; those of a stream come together and in order.</summary>
    void Add(string stream, long version, RunEvent e);

    /// <summary>To be called after the last event, and before <see cref="CompareAsync"/>.</summary>
    void Close();

    /// <param name="only">The one stream that was read; null for all.</param>
    /// <param name="broken">Streams of which it is known that their events were changed: what is folded from them says nothing.</param>
    Task<IReadOnlyList<AuditFinding>> CompareAsync(NpgsqlConnection connection, string? only, IReadOnlySet<string> broken, CancellationToken cancellation);
}

internal sealed class FoldedDocuments<T>(string table, string name, Func<T?, RunEvent, T?> fold) : IFoldedDocuments where T : class
{
    private readonly Dictionary<string, byte[]> digests = [];
    private readonly CanonicalJson canonical = new();
    private string? current;
    private T? document;

    public void Add(string stream, long version, RunEvent e)
    {
        if (stream != current)
        {
            Close();
            current = stream;
        }
        document = fold(document, e);
    }

    public void Close()
    {
        // A digest instead of the document: there may be a hundred thousand.
        if (document is not null) digests[current!] = Digest(JsonSerializer.SerializeToUtf8Bytes(document, EventJson.Options));
        document = null;
    }

    public async Task<IReadOnlyList<AuditFinding>> CompareAsync(NpgsqlConnection connection, string? only, IReadOnlySet<string> broken, CancellationToken cancellation)
    {
        List<AuditFinding> findings = [];
        await using var command = new NpgsqlCommand($"select id, data::text from {table} where $1 is null or id = $1", connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = only ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var stream = rows.GetString(0);
            if (!digests.Remove(stream, out var digest))
            {
                if (!broken.Contains(stream)) findings.Add(Found(stream, "was added: no event leads to it"));
            }
            else if (!broken.Contains(stream) && !digest.AsSpan().SequenceEqual(Digest(rows.GetFieldValue<byte[]>(1)))) findings.Add(Found(stream, "was edited: it is not what its events fold to"));
        }
        findings.AddRange(digests.Keys.Where(s => !broken.Contains(s)).Select(s => Found(s, "was deleted")));
        return findings;
    }

    private AuditFinding Found(string stream, string what) => new(stream, null, Tampering.ProjectionAltered, $"the row in {name} {what}; 'itra rebuild' folds it anew");

    private byte[] Digest(byte[] json) => SHA256.HashData(canonical.Write(json));
}
