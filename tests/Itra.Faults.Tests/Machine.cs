using Itra.Cli.Demo;
using Itra.Cli.Tests;
using Itra.Tracking.Postgres;

namespace Itra.Faults.Tests;

/// <summary>A computer that people train on: an ITRA_HOME, and what its processes are told about servers elsewhere.</summary>
internal sealed class Machine : IAsyncDisposable
{
    private static readonly Lazy<DemoWorld> World = new(() => DemoWorld.Prepare(Path.Combine(Path.GetTempPath(), "itra-faults-world"), new DemoSizes(8, 48, 16, 60, 3)).World);

    private readonly ItraProgram itra = new();
    private TrackingDatabase? database;

    public string Home => itra.Home;

    /// <summary>Environment variables of its processes.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Whether its runs keep no files but their logs.</summary>
    public bool KeepsNoFiles { get; init; }

    /// <summary>Where its runs keep their logs.</summary>
    public string Logs => Path.Combine(Home, KeepsNoFiles ? "wal" : "logs");

    public EmbeddedCluster Cluster => new(Home, Variable);

    public TrackingDatabase Database => database ??= new TrackingDatabase(StoreAddress.Resolve(Variable), Variable);

    public ItraProgram.Outcome Run(params string[] words) => itra.RunWith(Variables, words);

    public Training Start(params string[] words) => new(itra.Start(Variables, words));

    /// <summary>Three steps an epoch, and so many epochs that it has to be stopped.</summary>
    public string[] Train(string name, params string[] more) =>
    [
        "train", "--train-data", "mscoco_captions", "--datasets-dir", World.Value.Datasets, "--vocabulary", World.Value.Vocabulary, "--image-model", World.Value.Model, "--text-model", World.Value.Model,
        "--batch-size", "16", "--workers", "1", "--threads", "1", "--lr", "1e-4", "--epochs", "10000", "--save-frequency", "5", "--logs", KeepsNoFiles ? "none" : Logs, "--name", name, .. more,
    ];

    /// <summary>Trains for a few epochs, lets something happen, trains for a few more, and stops.</summary>
    public async Task<Training> TrainAsync(string name, Func<Training, Task> during, params string[] more)
    {
        var training = Start(Train(name, more));
        await training.EpochsAsync(3);
        await during(training);
        await training.EpochsAsync(2);
        Assert.Equal(ExitCodes.Cancelled, await training.EndAsync());
        return training;
    }

    /// <summary>Copies a folder of another machine's home into this one's.</summary>
    public void Take(string folder, Machine other)
    {
        var (from, to) = (Path.Combine(other.Home, folder), Path.Combine(Home, folder));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Does without the paths of this machine, which nobody has elsewhere.</summary>
    public string Anonymous(string line) => line.Replace(Home, "~", StringComparison.Ordinal).Replace(Variables.GetValueOrDefault("ITRA_S3_BUCKET", "itra"), "itra", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        if (database is not null) await database.DisposeAsync();
        itra.Folder = null;
        await Cluster.StopAsync(CancellationToken.None);
        itra.Dispose();
    }

    private string? Variable(string name) => name == "ITRA_HOME" ? Home : Variables.GetValueOrDefault(name);
}
