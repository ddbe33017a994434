using Itra.Domain.Artifacts;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.Portable;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Retention;
using Itra.Tracking.Runs;
using Itra.Tracking.WriteAhead;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Marten.Services.Json.Transformations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Weasel.Core;

namespace Itra.Tracking;

/// <summary>What there is: stored events, projections, and the parts that others are given.</summary>
public static class TrackingRegistration
{
    /// <summary>Events by the name they are stored under. A name, once stored, stays.</summary>
    internal static readonly IReadOnlyDictionary<string, Type> Events = new Dictionary<string, Type>
    {
        ["run_registered"] = typeof(RunRegistered),
        ["run_started"] = typeof(RunStarted),
        ["run_resumed"] = typeof(RunResumed),
        ["input_fingerprinted"] = typeof(InputFingerprinted),
        ["dataset_fingerprinted"] = typeof(DatasetFingerprinted),
        ["model_initialised"] = typeof(ModelInitialised),
        ["started_from_checkpoint"] = typeof(StartedFromCheckpoint),
        ["training_planned"] = typeof(TrainingPlanned),
        ["metrics_logged"] = typeof(MetricsLogged),
        ["samples_skipped"] = typeof(SamplesSkipped),
        ["epoch_completed"] = typeof(EpochCompleted),
        ["retrieval_evaluated"] = typeof(RetrievalEvaluated),
        ["classification_evaluated"] = typeof(ClassificationEvaluated),
        ["wise_ft_evaluated"] = typeof(WiseFtEvaluated),
        ["checkpoint_saved"] = typeof(CheckpointSaved),
        ["checkpoint_pinned"] = typeof(CheckpointPinned),
        ["checkpoint_unpinned"] = typeof(CheckpointUnpinned),
        ["checkpoint_deleted"] = typeof(CheckpointDeleted),
        ["run_completed"] = typeof(RunCompleted),
        ["run_failed"] = typeof(RunFailed),
        ["run_cancelled"] = typeof(RunCancelled),
        ["reproduction_judged"] = typeof(ReproductionJudged),
    };

    internal const string BlobsBesideALog = "blobs";

    private static readonly Dictionary<Type, string> Names = Events.ToDictionary(e => e.Value, e => e.Key);

    internal static string NameOf(RunEvent e) => Names[e.GetType()];

    /// <summary>Those of leaderboards.</summary>
    internal static readonly IReadOnlyDictionary<string, Type> LeaderboardEvents = new Dictionary<string, Type>
    {
        ["leaderboard_defined"] = typeof(LeaderboardDefined),
        ["external_rows_added"] = typeof(ExternalRowsAdded),
    };

    /// <summary>From a stored form that is no longer written to the event of today, one per line. None was needed so far.</summary>
    /// <remarks>A property, so that who only reads names of events does not load Marten.</remarks>
    internal static IReadOnlyList<IEventUpcaster> Upcasters =>
    [
    ];

    /// <summary>Adds the journal, the readers and the artifact store that the environment asks for. Nothing is opened before it is used.</summary>
    /// <param name="environment">Gives an environment variable's value, or null.</param>
    /// <param name="offline">Record without a store; <see cref="LogSync"/> ships it later.</param>
    public static IServiceCollection AddTracking(this IServiceCollection services, Func<string, string?> environment, bool offline = false)
    {
        var home = StoreAddress.HomeFolder(environment);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => StoreAddress.Resolve(environment));
        services.AddSingleton(p => new TrackingDatabase(p.GetRequiredService<StoreAddress>(), environment));
        services.AddSingleton(p => new MartenRunJournal(p.GetRequiredService<TrackingDatabase>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => Journal(p, home, offline));
        services.AddSingleton<IRunJournal>(p => p.GetRequiredService<WriteAheadJournal>());
        services.AddSingleton(p => new LogSync(p.GetRequiredService<MartenRunJournal>(), (a, folder, stop) => SendAsync(p.GetRequiredService<IArtifactStore>(), a, folder, stop), home));
        services.AddSingleton(p => new RunReader(p.GetRequiredService<TrackingDatabase>()));
        services.AddSingleton(p => new MetricCurves(p.GetRequiredService<TrackingDatabase>()));
        services.AddSingleton(p => new Ledger(p.GetRequiredService<TrackingDatabase>(), home, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => offline ? new BlobSpool(SpoolFolder(home), null) : OpenArtifacts(environment, p.GetRequiredService<BucketMarks>()));
        services.AddSingleton(p => new OrphanRuns(p.GetRequiredService<RunReader>(), new(p.GetRequiredService<IRunJournal>), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new BucketMarks(offline ? null : S3Settings.Read(environment), p.GetRequiredService<TrackingDatabase>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new Uploads(p.GetRequiredService<IArtifactStore>(), p.GetRequiredService<BucketMarks>()));
        services.AddSingleton(p => new GarbageCollector(
            p.GetRequiredService<TrackingDatabase>(), p.GetRequiredService<IArtifactStore>(), p.GetRequiredService<MartenRunJournal>(), home, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<BucketMarks>()));
        services.AddSingleton<RunExport>();
        services.AddSingleton<RunImport>();
        services.AddSingleton(p => new StoreDoctor(p.GetRequiredService<TrackingDatabase>(), environment));
        return services;
    }

    /// <summary>Where checkpoints go without an S3 server.</summary>
    internal static string ArtifactFolder(Func<string, string?> environment) => Path.Combine(StoreAddress.HomeFolder(environment), "artifacts");

    /// <summary>Where files go; the caller disposes it. A folder takes them as fast as any log; what goes to a server waits in one.</summary>
    /// <param name="marks">Told when something was sent to a bucket; null for those who only read.</param>
    public static IArtifactStore OpenArtifacts(Func<string, string?> environment, BucketMarks? marks = null) => S3Settings.Read(environment) is { } settings
        ? new BlobSpool(SpoolFolder(StoreAddress.HomeFolder(environment)), PartedArtifactStore.Over(new MinioArtifactStore(settings)), marks)
        : PartedArtifactStore.Over(new FolderArtifactStore(ArtifactFolder(environment)));

    internal static string SpoolFolder(string home) => Path.Combine(home, "spool");

    private static WriteAheadJournal Journal(IServiceProvider p, string home, bool offline) => new(
        offline ? null : p.GetRequiredService<MartenRunJournal>(),
        (artifact, stop) => SendAsync(p.GetRequiredService<IArtifactStore>(), artifact, null, stop), home, p.GetRequiredService<TimeProvider>(),
        folder => { if (offline && p.GetRequiredService<IArtifactStore>() is BlobSpool spool) spool.MoveTo(Path.Combine(folder, BlobsBesideALog)); });

    /// <summary>Makes sure that a file is in the store before an event names it.</summary>
    /// <param name="folder">Of the log that names it, where a run without a store leaves its files; null if it had one.</param>
    private static async Task SendAsync(IArtifactStore store, Artifact artifact, string? folder, CancellationToken cancellation)
    {
        if (folder is not null && new BlobSpool(Path.Combine(folder, BlobsBesideALog), store) is var beside && await beside.IsWaitingAsync(artifact, cancellation))
            await beside.SendAsync(artifact, cancellation);
        if (store is BlobSpool spool) await spool.SendAsync(artifact, cancellation);
        else if (!await store.ExistsAsync(artifact.Sha256, cancellation)) throw new ArtifactMissingException(artifact.Sha256, store.Location);
    }

    internal static void Configure(StoreOptions options, NpgsqlDataSource source, IEnumerable<IEventUpcaster> upcasters)
    {
        options.Connection(source);
        options.DatabaseSchemaName = TrackingSchema.Name;
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.SnakeCase, EventJson.Configure);

        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.MetadataConfig.HeadersEnabled = true;
        options.Listeners.Add(new ChainListener(options.Serializer(), TimeProvider.System));
        options.Listeners.Add(new FoldListener());
        foreach (var (name, type) in Events.Concat(LeaderboardEvents)) options.Events.MapEventType(type, name);
        options.Events.Upcast([.. upcasters]);

        options.Projections.Add<RunSummaryProjection>(ProjectionLifecycle.Inline);
        options.Schema.For<RunSummary>().DocumentAlias("run_summary");
        // All are inline. Without this, Marten writes a warning about daemons to the console, into the output of commands.
        options.Projections.AsyncMode = DaemonMode.ExternallyManaged;
    }
}
