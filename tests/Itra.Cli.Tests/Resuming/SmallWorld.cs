using System.Diagnostics;
using Itra.Cli.Demo;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Tests.Resuming;

/// <summary>The real program, a small data set, and what is recorded of its runs.</summary>
internal sealed class SmallWorld : IAsyncDisposable
{
    private readonly DemoWorld demo;
    private readonly TrackingDatabase database;

    public SmallWorld()
    {
        demo = DemoWorld.Prepare(Path.Combine(Itra.Home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;
        database = new TrackingDatabase(StoreAddress.Resolve(Variable), Variable);
    }

    public ItraProgram Itra { get; } = new();

    public RunReader Runs => new(database);

    public MetricCurves Curves => new(database);

    public string Annotations => Path.Combine(demo.Datasets, "coco2017", "annotations", "captions_train2017.json");

    /// <summary>Six steps an epoch.</summary>
    public string[] Train(int epochs, params string[] more) =>
    [
        "train", "--train-data", "mscoco_captions", "--retrieval-data", "mscoco_captions", "--retrieval-frequency", "1", "--datasets-dir", demo.Datasets, "--vocabulary", demo.Vocabulary,
        "--image-model", demo.Model, "--text-model", demo.Model, "--batch-size", "8", "--workers", "1", "--threads", "1", "--lr", "1e-3", "--epochs", $"{epochs}", "--name", "one", .. more,
    ];

    /// <summary>A folder to start the program in: what is asked for in two of them has the same settings.</summary>
    public string Enter(string folder) => Itra.Folder = Directory.CreateDirectory(Path.Combine(Itra.Home, folder)).FullName;

    public Process Start(params string[] words) => Itra.Start(new Dictionary<string, string>(), words);

    public async Task<IReadOnlyList<RunEvent>> EventsAsync(string id) =>
        [.. (await Runs.ReadEventsAsync(id, TestContext.Current.CancellationToken)).Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>()];

    public async Task<RunSummary> RunAsync(string text) => await Runs.FindRunAsync(text, TestContext.Current.CancellationToken);

    /// <summary>Trains until some line is on its screen, and kills it there.</summary>
    public async Task<RunSummary> KilledAsync(string at, string[] words)
    {
        using var process = Start(words);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains(at, StringComparison.Ordinal))
        {
        }
        process.Kill();
        Assert.NotEqual(0, ItraProgram.End(process).ExitCode);
        // Looking ships what the process has left in its log, and ends the run as failed.
        Assert.Equal(0, Itra.Run("runs", "ls").ExitCode);
        return (await Runs.ListRunsAsync(new RunFilter(), TestContext.Current.CancellationToken))[0];
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        Itra.Folder = null;
        Itra.Run("down");
        Itra.Dispose();
    }

    private string? Variable(string name) => name == "ITRA_HOME" ? Itra.Home : null;
}
