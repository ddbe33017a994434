using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Marten;

namespace Itra.Tracking.Runs;

/// <summary>
/// What every run was asked to do, one row per run, written once. Apart from the summary, which changes with every event and is kept small
/// for that, this holds all settings, so that runs are found by any of them.
/// </summary>
internal static class RunSpecTable
{
    public const string Name = TrackingSchema.Name + ".run_spec";

    public const string Columns = "run_id, registered_at, experiment, trainer, name, seed, kin, config, reproduces";

    public const string Sql = $"""
        create table if not exists {Name} (
            run_id text primary key,
            registered_at timestamptz not null,
            experiment text not null,
            trainer text not null,
            name text not null,
            seed integer not null,
            kin text not null,
            config jsonb not null,
            reproduces boolean not null);
        {Indexes}
        """;

    public const string Indexes = $"""
        create index if not exists run_spec_by_time on {Name} (registered_at desc, run_id);
        create index if not exists run_spec_by_experiment on {Name} (experiment, registered_at desc, run_id);
        create index if not exists run_spec_by_name on {Name} (name);
        create index if not exists run_spec_by_kin on {Name} (kin);
        create index if not exists run_spec_by_beginning on {Name} (run_id text_pattern_ops);
        create index if not exists run_spec_by_setting on {Name} using gin (config jsonb_path_ops);
        create index if not exists run_spec_reproducing on {Name} (run_id) where reproduces;
        create index if not exists run_summary_running on {TrackingSchema.Name}.mt_doc_run_summary ((data->>'host')) where data->>'status' = 'running';
        """;

    /// <summary>Adds the row of a registration to what the session will save.</summary>
    public static void Record(IDocumentOperations session, RunRegistered registered)
    {
        var row = RunSpecRow.Of(registered);
        session.QueueSqlCommand(
            $"insert into {Name} ({Columns}) values (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?)",
            row.RunId, row.RegisteredAt.ToUniversalTime(), row.Experiment, row.Trainer, row.Name, row.Seed, row.Kin, row.Config, row.Reproduces);
    }
}
