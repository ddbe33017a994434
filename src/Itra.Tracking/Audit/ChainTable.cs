using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>How far each stream's chain goes. An append moves it on in the same transaction, or is refused.</summary>
internal static class ChainTable
{
    public const string Name = TrackingSchema.Name + ".chain_head";

    /// <summary>Where Marten puts the events that fill the gaps of failed transactions; nobody's history.</summary>
    public const string Tombstones = "mt_tombstone";

    /// <summary>The function may do what an application's account may not: <see cref="Postgres.RoleGrant"/>.</summary>
    public const string Advance = TrackingSchema.Name + ".chain_advance(text, bytea, bytea, bigint)", Guard = "security definer set search_path = pg_catalog, pg_temp";

    public const string Sql = $"""
        create table if not exists {Name} (
            stream_id text primary key,
            version bigint not null,
            hash bytea not null,
            sealed boolean not null default false);
        create index if not exists chain_head_unsealed on {Name} (stream_id) where not sealed;
        create or replace function {TrackingSchema.Name}.chain_advance(stream text, previous bytea, next bytea, n bigint) returns void language plpgsql
            {Guard} as $$
        begin
            if length(previous) = 0 then
                insert into {Name} (stream_id, version, hash) values (stream, n, next) on conflict do nothing;
            else
                update {Name} set version = version + n, hash = next, sealed = false where stream_id = stream and hash = previous;
            end if;
            if not found then
                raise exception 'somebody else has written to %', stream using errcode = 'serialization_failure';
            end if;
        end $$;
        """;

    /// <summary>Whether an append was refused because somebody else had appended before.</summary>
    public static bool HasMovedOn(Exception e)
    {
        for (var x = e; x is not null; x = x.InnerException)
            if (x is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure }) return true;
        return false;
    }
}
