using System.Security.Cryptography;
using Itra.Domain;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>Follows the ledger from its first seal, and compares it with the copies of seals that are kept elsewhere.</summary>
internal sealed class LedgerAudit(Ledger ledger, string? exported)
{
    // Listed before the database is looked at: a copy is written behind its seal, and one that comes meanwhile is no finding.
    private readonly string[] copies = [.. ledger.Folder.Files(), .. exported is null ? Array.Empty<string>() : [exported]];
    private readonly List<AuditFinding> findings = [];
    private readonly HashSet<string> unknownKeys = [];
    private readonly HeadTrie trie = new();

    public Seal? Last { get; private set; }

    /// <summary>Adds what the seals know of each stream to <paramref name="evidence"/>.</summary>
    public async Task<IReadOnlyList<AuditFinding>> CheckAsync(NpgsqlConnection? connection, Func<string, StreamEvidence> evidence, CancellationToken cancellation)
    {
        List<Seal> seals = connection is null ? [] : await ReadAsync(connection, $"select {Seal.Columns} from {LedgerTables.Seals} order by number", Seal.Read, cancellation);
        Last = seals is [.., var last] ? last : null;
        if (connection is not null)
        {
            var leaves = (await ReadAsync(connection, $"select seal, stream_id, version, hash from {LedgerTables.Leaves} order by seal",
                r => (Stream: r.GetString(1), Head: new SealedHead(r.GetInt64(0), r.GetInt64(2), r.GetFieldValue<byte[]>(3))), cancellation)).ToLookup(l => l.Head.Seal);
            foreach (var leaf in leaves.SelectMany(l => l)) evidence(leaf.Stream).Seals.Add(leaf.Head);
            Follow(seals, leaves);
        }
        foreach (var file in copies) CompareCopy(file, seals);
        return findings;
    }

    private void Follow(List<Seal> seals, ILookup<long, (string Stream, SealedHead Head)> leaves)
    {
        var keys = ledger.Keys.Trusted();
        try
        {
            var previous = "";
            for (var i = 0; i < seals.Count; i++)
            {
                if (Broken(seals[i], i + 1, previous, leaves[seals[i].Number], keys) is { } what)
                {
                    findings.Add(new(null, null, Tampering.LedgerRewritten, what));
                    return;
                }
                previous = seals[i].Hash;
            }
            if (leaves.FirstOrDefault(l => l.Key > seals.Count || l.Key < 1) is { } stray)
                findings.Add(new(null, null, Tampering.LedgerRewritten, $"seal {stray.Key} was removed from the ledger: what it covered is still there"));
        }
        finally
        {
            foreach (var key in keys.Values) key.Dispose();
        }
    }

    private string? Broken(Seal seal, long number, string previous, IEnumerable<(string Stream, SealedHead Head)> leaves, Dictionary<string, ECDsa> keys)
    {
        if (seal.Number != number) return $"seal {number} was removed from the ledger";
        if (!seal.IsWellFormed) return $"seal {number} was edited: a field has not the length that it must have";
        if (!keys.TryGetValue(seal.Key, out var key))
        {
            if (unknownKeys.Add(seal.Key))
            {
                findings.Add(new(null, null, Tampering.UnknownSigner,
                    $"seal {number} is signed with key {seal.Key[..16]}, which is not known here: if it is a colleague's, put their ledger.pub.pem into {ledger.Keys.Folder} as NAME.pub.pem; if not, the seal is forged"));
            }
        }
        else if (!LedgerKeys.IsSignedBy(seal, key)) return $"seal {number} was edited: its signature is not one of what it says";
        if (seal.Previous != previous) return $"seal {number} does not follow from seal {number - 1}: one of the two was edited, signed again or put into another place";
        foreach (var (stream, head) in leaves) trie.Set(stream, head.Version, head.Hash);
        if (Convert.ToHexStringLower(trie.Root()) != seal.Root || (trie.Streams, trie.Events) != (seal.Streams, seal.Events))
            return $"the ends of chains under seal {number} are not those that were sealed: rows were edited, added or removed";
        return null;
    }

    private void CompareCopy(string file, List<Seal> seals)
    {
        try
        {
            var copy = SealFolder.Read(file);
            var seal = seals.FirstOrDefault(s => s.Number == copy.Number);
            if (seal is null) Found($"seal {copy.Number}, of which {file} is a copy, is not in the ledger: it was removed, or the store is another one");
            else if (!seal.IsWellFormed || seal.Hash != copy.Hash) Found($"seal {copy.Number} in the ledger is not the one that {file} is a copy of: it was rewritten or signed again");
        }
        catch (UserErrorException e) when (file != exported)
        {
            Found(e.Message);
        }

        void Found(string what) => findings.Add(new(null, null, Tampering.LedgerRewritten, what));
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }
}
