using Itra.Domain;
using Itra.Tracking.Audit;
using Itra.Tracking.Projections;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Postgres;

/// <summary>
/// What an account needs to record, seal, fold and read, and no more: it can add events and cannot change or remove any, nor move a
/// chain's end but by one step forward.
/// </summary>
public static class RoleGrant
{
    private const string Schema = TrackingSchema.Name;

    /// <summary>SQL for the owner of the tables to run; repeatable, and to be run again after <c>itra db migrate</c>.</summary>
    /// <param name="role">Name of a role that exists on the server.</param>
    /// <exception cref="UserErrorException">That cannot be the name of a role.</exception>
    public static string Sql(string role)
    {
        if (role is not { Length: > 0 and <= 63 } || role.Any(char.IsControl)) throw new UserErrorException("a role's name has 1 to 63 characters: name one that 'create role' made");
        var to = $"\"{role.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        return $"""
            begin;
            revoke all on all tables in schema {Schema} from {to};
            grant usage on schema {Schema} to {to};
            grant select on all tables in schema {Schema} to {to};
            grant usage on all sequences in schema {Schema} to {to};
            -- What is recorded: added to, never changed.
            grant insert on {Schema}.mt_events, {MetricChunkTable.Name}, {LedgerTables.Seals}, {LedgerTables.Leaves} to {to};
            -- A stream counts its events.
            grant insert, update on {Schema}.mt_streams to {to};
            -- What is folded from events, and can be folded again.
            grant insert, update, delete on {string.Join(", ", FoldedTable.All.Select(t => t.Name))} to {to};
            -- The end of a chain moves by this function alone; a seal marks it.
            alter function {ChainTable.Advance} {ChainTable.Guard};
            revoke all on function {ChainTable.Advance} from public;
            grant execute on function {ChainTable.Advance} to {to};
            grant update (sealed) on {ChainTable.Name} to {to};
            commit;

            """;
    }
}
