using System.CommandLine;
using Itra.Cli;
using Itra.Cli.Commands;

var session = Session.OfProcess(args);

return await CommandLine.RunAsync(new RootCommand("Trains, tracks and compares vision-language experiments.")
{
    // Start
    DemoCommand.Create(session),
    TrainCommand.Create(session),
    new Command("sweep", "Trains the guide's experiments.") { SweepRunCommand.Create(session) },
    WiseFtCommand.Create(session),
    ReproduceCommand.Create(session),
    new Command("data", "Looks at data sets.") { DataCheckCommand.Create(session) },

    // Look
    new Command("runs", "Looks at runs, and goes on from them.")
    {
        RunsListCommand.Create(session), RunsShowCommand.Create(session), RunsResumeCommand.Create(session), RunsBranchCommand.Create(session),
    },
    LeaderboardCommand.Create(session),
    CompareCommand.Create(session),
    ExplainDeltaCommand.Create(session),
    ReportCommand.Create(session),
    EventsCommand.Create(session),
    ExportCommand.Create(session),
    ImportCommand.Create(session),
    new Command("audit", "Proves that nothing which was recorded has been changed, and tells where a score came from.")
    {
        AuditVerifyCommand.Create(session), AuditSealCommand.Create(session), AuditExplainCommand.Create(session), AuditLogCommand.Create(session),
    },

    // Models
    new Command("models", "Manages weights and vocabularies.")
    {
        ModelsListCommand.Create(session), ModelsPullCommand.Create(session), ModelsImportCommand.Create(session),
        ModelsExportCommand.Create(session), ModelsParamsCommand.Create(session),
    },

    // Store
    new Command("checkpoints", "Looks at checkpoints, fetches and pins them.")
    {
        CheckpointsListCommand.Create(session), CheckpointsGetCommand.Create(session), CheckpointsVerifyCommand.Create(session),
        CheckpointsPinCommand.Pin(session), CheckpointsPinCommand.Unpin(session),
    },
    GcCommand.Create(session),
    SyncCommand.Create(session),
    UpCommand.Create(session),
    DownCommand.Create(session),
    DoctorCommand.Create(session),
    DbCommand.Create(session),
    BackupCommand.Create(session),
    RestoreCommand.Create(session),
    RebuildCommand.Create(session),
}, session);
