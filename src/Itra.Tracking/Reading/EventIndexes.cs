using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;

namespace Itra.Tracking.Reading;

/// <summary>Ways into the events other than by stream: by time, by type, and by what the data names. All but the first two cover the few events they are about.</summary>
internal static class EventIndexes
{
    public const string Table = TrackingSchema.Name + ".mt_events";

    public const string Sql = $"""
        create index if not exists events_recorded on {Table} (timestamp, seq_id);
        create index if not exists events_type on {Table} (type, timestamp);
        create index if not exists events_split on {Table} ((data->>'dataset_digest'), timestamp) where type in ('retrieval_evaluated', 'classification_evaluated');
        create index if not exists events_checkpoint on {Table} ((data->'artifact'->>'sha256')) where type = 'checkpoint_saved';
        create index if not exists events_mixture on {Table} ((data->'kept'->>'sha256')) where type = 'wise_ft_evaluated';
        create index if not exists events_origin on {Table} ((data->'origin'->>'run_id')) where type = 'run_registered';
        create index if not exists events_user on {Table} ((data->'provenance'->>'user')) where type = 'run_registered';
        create index if not exists seal_leaf_stream on {LedgerTables.Leaves} (stream_id, version);
        """;
}
