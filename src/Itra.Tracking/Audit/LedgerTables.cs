using Itra.Tracking.Postgres;

namespace Itra.Tracking.Audit;

/// <summary>The seals, and for each the ends of chains that had moved since the one before.</summary>
internal static class LedgerTables
{
    public const string Seals = TrackingSchema.Name + ".seal", Leaves = TrackingSchema.Name + ".seal_leaf";

    public const string Sql = $"""
        create table if not exists {Seals} (
            number bigint primary key,
            previous bytea not null,
            at timestamptz not null,
            streams bigint not null,
            events bigint not null,
            root bytea not null,
            key bytea not null,
            signature bytea not null);
        create table if not exists {Leaves} (
            seal bigint not null,
            stream_id text not null,
            version bigint not null,
            hash bytea not null,
            primary key (seal, stream_id));
        """;
}
