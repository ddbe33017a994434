using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Audit;

public sealed class AuditVerificationTests(TestServer server) : IAsyncLifetime
{
    private const string Renumber = "alter table itra.mt_events drop constraint if exists pk_mt_events_stream_and_version; drop index if exists itra.pk_mt_events_stream_and_version;";

    private AuditedStore store = null!;

    public async ValueTask InitializeAsync() => store = await AuditedStore.CreateAsync(server);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task An_untouched_store_is_sound()
    {
        var report = await store.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.True(report.Sound);
        Assert.Equal((36, 3, 2, 9), (report.Events, report.Streams, report.LastSeal, report.UnsealedEvents));
        Assert.Equal((7, 1, 5000), (report.MetricBlocks, report.Blobs, report.BlobBytes));
    }

    [Fact]
    public async Task A_single_run_is_read_alone()
    {
        var report = await store.VerifyAsync("run-a");
        Assert.Empty(report.Findings);
        Assert.Equal((13, 1), (report.Events, report.Streams));
        await store.ExecuteAsync("update itra.mt_events set type = 'run_failed' where stream_id = 'run-b' and version = 3");
        Assert.True((await store.VerifyAsync("run-a")).Sound);
        Assert.False((await store.VerifyAsync("run-b")).Sound);
    }

    [Fact]
    public async Task Leaderboards_are_verified_like_runs()
    {
        var sound = (await store.VerifyAsync()).Streams;
        var boards = new LeaderboardJournal(store.Database);
        await boards.RecordAsync(new DefineLeaderboard(LeaderboardDefinition.MeanRecall, "ada") { At = RecordedRuns.Noon }, CancellationToken.None);
        await boards.RecordAsync(new AddExternalRows(LeaderboardDefinition.MeanRecall.Name, [new ExternalRow("theirs", "a paper", new Dictionary<string, double> { ["retrieval-mean-recall"] = 50 })], "ada") { At = RecordedRuns.Noon }, CancellationToken.None);
        var report = await store.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(sound + 1, report.Streams);
        await store.ExecuteAsync("update itra.mt_events set data = jsonb_set(data, '{by}', '\"eve\"') where type = 'leaderboard_defined'");
        Assert.Equal([(Tampering.Edited, (long?)1)], (await store.VerifyAsync()).Findings.Select(f => (f.Kind, f.Version)));
    }

    [Fact]
    public async Task A_rebuilt_store_is_sound()
    {
        await store.ExecuteAsync("delete from itra.score; delete from itra.run_spec; delete from itra.mt_doc_run_summary");
        await new ProjectionRebuild(store.Database).RunAsync(null, CancellationToken.None);
        Assert.Empty((await store.VerifyAsync()).Findings);
    }

    [Theory]
    [InlineData("update itra.mt_events set data = jsonb_set(data, '{loss}', '0.01') where stream_id = 'run-a' and version = 7", Tampering.Edited, 7, "event 7 (epoch_completed) was edited")]
    [InlineData("update itra.mt_events set data = data - 'loss' where stream_id = 'run-a' and version = 7", Tampering.Edited, 7, "event 7 (epoch_completed) was edited")]
    [InlineData("update itra.mt_events set type = 'run_failed' where stream_id = 'run-a' and version = 13", Tampering.Edited, 13, "event 13 (run_failed) was edited")]
    [InlineData("update itra.mt_events set timestamp = timestamp + interval '1 microsecond' where stream_id = 'run-a' and version = 1", Tampering.Edited, 1, "event 1 (run_registered) was edited")]
    [InlineData("update itra.mt_events set id = gen_random_uuid() where stream_id = 'run-a' and version = 2", Tampering.Edited, 2, "event 2 (run_started) was edited")]
    [InlineData("""update itra.mt_events set headers = '{"h": "00"}' where stream_id = 'run-a' and version = 13""", Tampering.Edited, 13, "the hash of event 13 (run_completed) was changed; its content is what was recorded")]
    [InlineData("update itra.mt_events set headers = null where stream_id = 'run-a' and version = 4", Tampering.Inserted, 4, "event 4 (model_initialised) has no hash")]
    [InlineData("update itra.mt_events set is_archived = true where stream_id = 'run-a' and version = 8", Tampering.Edited, 8, "event 8 (retrieval_evaluated) was hidden")]
    [InlineData("update itra.mt_streams set is_archived = true where id = 'run-a'", Tampering.HeadRewritten, null, "it was hidden")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a' and version = 5", Tampering.Missing, 5, "event 5 was deleted")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a' and version between 1 and 3", Tampering.Missing, 1, "events 1 to 3 were deleted")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a' and version = 5; " + Renumber + "update itra.mt_events set version = version - 1 where stream_id = 'run-a' and version > 5",
        Tampering.Missing, 5, "event 5 was deleted and those behind it were numbered anew: 13 were recorded, 12 are there")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a' and version > 11", Tampering.Truncated, 12, "events 12 to 13 were cut from the end")]
    [InlineData("update itra.mt_events set version = case version when 5 then -6 else -5 end where stream_id = 'run-a' and version in (5, 6); update itra.mt_events set version = -version where version < 0",
        Tampering.Reordered, 5, "the events were put into another order: event 5 stands as event 6")]
    [InlineData(Renumber + "update itra.mt_events set version = version + 1 where stream_id = 'run-a' and version >= 5; " +
        "insert into itra.mt_events select * from (select (e).* from (select jsonb_populate_record(e, jsonb_build_object('seq_id', 9000, 'version', 5, 'id', gen_random_uuid())) as e from itra.mt_events e where stream_id = 'run-a' and version = 4) x) y",
        Tampering.Inserted, 5, "event 5 (model_initialised) was inserted: the event that was recorded in its place stands behind it")]
    [InlineData("insert into itra.mt_events select * from (select (e).* from (select jsonb_populate_record(e, jsonb_build_object('seq_id', 9000, 'version', 14, 'id', gen_random_uuid(), 'headers', null)) as e from itra.mt_events e where stream_id = 'run-a' and version = 7) x) y",
        Tampering.Inserted, 14, "event 14 (epoch_completed) has no hash")]
    [InlineData("update itra.chain_head set hash = '\\x00' where stream_id = 'run-a'", Tampering.HeadRewritten, null, "the end of its chain")]
    [InlineData("delete from itra.chain_head where stream_id = 'run-a'", Tampering.HeadRewritten, null, "was deleted from the table of chains")]
    [InlineData("delete from itra.mt_streams where id = 'run-a'", Tampering.StreamDeleted, null, "the table of chains and seal 2 know of 13 events")]
    [InlineData("alter table itra.mt_events drop constraint fkey_mt_events_stream_id; delete from itra.mt_streams where id = 'run-a'", Tampering.HeadRewritten, null, "deleted from the table of streams")]
    [InlineData("update itra.mt_streams set version = 12 where id = 'run-a'", Tampering.HeadRewritten, null, "counts 12 events, 13 were recorded")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a'", Tampering.StreamDeleted, null, "the whole stream was deleted: the table of chains and the table of streams and seal 2 know of 13 events")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a'; delete from itra.mt_streams where id = 'run-a'; delete from itra.chain_head where stream_id = 'run-a'; delete from itra.mt_doc_run_summary where id = 'run-a'; delete from itra.score where run_id = 'run-a'; delete from itra.run_spec where run_id = 'run-a'; delete from itra.metric_chunk where run_id = 'run-a'",
        Tampering.StreamDeleted, null, "the whole stream was deleted: seal 2 knows of 13 events")]
    [InlineData("update itra.metric_chunk set vals = (select vals from itra.metric_chunk where run_id = 'run-a' and metric = 'training/learning_rate' and first_step = 0) where run_id = 'run-a' and metric = 'training/loss-align' and first_step = 0",
        Tampering.MetricsAltered, 6, "from step 0 on were changed")]
    [InlineData("update itra.metric_chunk set vals = '\\x0102' where run_id = 'run-a' and metric = 'training/loss-align' and first_step = 5", Tampering.MetricsAltered, 9, "values of training/loss-align from step 5 on were changed")]
    [InlineData("delete from itra.metric_chunk where run_id = 'run-a' and metric = 'training/loss-align' and first_step = 5", Tampering.MetricsAltered, 9, "values of training/loss-align from step 5 on are missing")]
    [InlineData("delete from itra.metric_chunk where run_id = 'run-a'", Tampering.MetricsAltered, 6, "from step 0 on are missing")]
    [InlineData("insert into itra.metric_chunk (run_id, metric, first_step, n, encoding, vals, attempt) select run_id, metric, 99, n, encoding, vals, attempt from itra.metric_chunk where run_id = 'run-a' and first_step = 5 and metric = 'training/loss-align'",
        Tampering.MetricsAltered, null, "values of training/loss-align from step 99 on were added")]
    [InlineData("update itra.mt_doc_run_summary set data = jsonb_set(data, '{best_mean_recall}', '99.5') where id = 'run-a'", Tampering.ProjectionAltered, null, "the row in the list of runs was edited")]
    [InlineData("update itra.score set value = 99.5 where run_id = 'run-a' and epoch = 1 and metric = 'retrieval-mean-recall'", Tampering.ProjectionAltered, null, "the row in the leaderboard was edited")]
    [InlineData("update itra.score set superseded_at = now() where run_id = 'run-a'", Tampering.ProjectionAltered, null, "the row in the leaderboard was edited")]
    [InlineData("update itra.run_spec set name = 'other' where run_id = 'run-a'", Tampering.ProjectionAltered, null, "the row in the table of specs was edited")]
    [InlineData("delete from itra.score where run_id = 'run-a'", Tampering.ProjectionAltered, null, "the row in the leaderboard was deleted")]
    public async Task Whatever_is_done_to_a_run_is_found_and_named(string sql, Tampering kind, int? version, string what)
    {
        await store.ExecuteAsync(sql);
        var finding = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(("run-a", version, kind), (finding.Stream, (int?)finding.Version, finding.Kind));
        Assert.Contains(what, finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_no_event_leads_to_is_found()
    {
        await store.ExecuteAsync("insert into itra.mt_doc_run_summary (id, data, mt_dotnet_type) select 'run-x', data, mt_dotnet_type from itra.mt_doc_run_summary where id = 'run-a'");
        var finding = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(("run-x", Tampering.ProjectionAltered), (finding.Stream, finding.Kind));
        Assert.Contains("was added: no event leads to it", finding.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update itra.mt_events set data = jsonb_set(data, '{loss}', '0.01') where stream_id = 'run-a' and version = 7", Tampering.SealedHistoryRewritten, 11, "all hashes were computed anew: seal 1 holds another one")]
    [InlineData("delete from itra.mt_events where stream_id = 'run-a' and version > 9", Tampering.Truncated, 10, "seal 2 knows of 13")]
    public async Task A_sealed_history_that_is_rewritten_with_all_its_hashes_is_found(string sql, Tampering kind, int version, string what)
    {
        await store.ExecuteAsync(sql);
        await store.RehashAsync("run-a");
        var finding = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(("run-a", version, kind), (finding.Stream, (int?)finding.Version, finding.Kind));
        Assert.Contains(what, finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_whose_hash_was_edited_with_it_breaks_the_chain_behind_it()
    {
        var before = (await store.Database.QueryAsync("select headers::text from itra.mt_events where stream_id = 'run-a' and version = 8", r => r.GetString(0), CancellationToken.None))[0];
        await store.ExecuteAsync("update itra.mt_events set data = jsonb_set(data, '{loss}', '0.01') where stream_id = 'run-a' and version = 7");
        await store.RehashAsync("run-a");
        await store.ExecuteAsync($"update itra.mt_events set headers = '{before}' where stream_id = 'run-a' and version = 8");
        var finding = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal((8, Tampering.Edited), (finding.Version, finding.Kind));
    }

    [Fact]
    public async Task Several_attacks_are_all_told()
    {
        await store.ExecuteAsync("delete from itra.mt_events where stream_id = 'run-a' and version > 11; update itra.mt_events set data = jsonb_set(data, '{loss}', '0.01') where stream_id = 'run-b' and version = 7");
        await store.ExecuteAsync("update itra.mt_doc_run_summary set data = jsonb_set(data, '{best_mean_recall}', '99.5') where id = 'run-c'");
        Assert.Equal([("run-a", Tampering.Truncated), ("run-b", Tampering.Edited), ("run-c", Tampering.ProjectionAltered)], (await store.VerifyAsync()).Findings.Select(f => (f.Stream, f.Kind)));
    }

    [Fact]
    public async Task An_altered_blob_is_found_and_a_missing_one_too()
    {
        var place = Path.Combine(store.Home, "artifacts", store.Checkpoint[..2], store.Checkpoint[2..]);
        File.SetUnixFileMode(place, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(place, [.. (await File.ReadAllBytesAsync(place, CancellationToken.None)).Reverse()], CancellationToken.None);
        var damaged = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(("run-a", 12, Tampering.BlobDamaged), (damaged.Stream, damaged.Version, damaged.Kind));
        File.Delete(place);
        var missing = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(("run-a", 12, Tampering.BlobMissing), (missing.Stream, missing.Version, missing.Kind));
    }

    [Fact]
    public async Task A_checkpoint_whose_deletion_is_recorded_is_not_missed()
    {
        await using (var journal = new MartenRunJournal(store.Database, TimeProvider.System))
            await journal.RecordAllAsync("run-a", [new DeleteCheckpoint(store.Checkpoint, "not in last:0", "ada") { At = RecordedRuns.Noon }]);
        File.Delete(Path.Combine(store.Home, "artifacts", store.Checkpoint[..2], store.Checkpoint[2..]));
        var report = await store.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(0, report.Blobs);
    }

    [Fact]
    public async Task An_event_of_an_unknown_kind_is_told_and_not_guessed_at()
    {
        await store.ExecuteAsync("update itra.mt_events set type = 'run_reticulated' where stream_id = 'run-c' and version = 9");
        await store.RehashAsync("run-c");
        var finding = Assert.Single((await store.VerifyAsync()).Findings);
        Assert.Equal(("run-c", 9, Tampering.UnknownEvent), (finding.Stream, finding.Version, finding.Kind));
    }
}
