using System.Collections.Concurrent;
using System.Text;
using Itra.Cli.Demo;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;

namespace Itra.Cli.Tests.Training;

/// <summary>A training with a secret in every variable that can hold one: afterwards it is nowhere, and it never was in a list of processes.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Canary = "canary-7f3a91";
    private readonly ItraProgram server = new(), itra = new();
    private readonly DemoWorld world;

    public SecretsTests() => world = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;

    public void Dispose()
    {
        server.Run("down");
        server.Dispose();
        itra.Dispose();
    }

    [Fact]
    public async Task Secrets_reach_no_event_log_export_error_or_list_of_processes()
    {
        Assert.Equal(ExitCode.Done, server.Run("up").ExitCode);
        var cluster = new EmbeddedCluster(server.Home, Environment.GetEnvironmentVariable);
        var address = $"Host={cluster.Folder!.Socket};Username=itra;Database=itra;Password={Canary}-postgres";
        var variables = new Dictionary<string, string>
        {
            ["ITRA_POSTGRES"] = address, ["HUB_TOKEN"] = Canary + "-token", ["HTTPS_PROXY"] = $"http://me:{Canary}-proxy@127.0.0.1:9",
        };
        string[][] commands =
        [
            [
                "train", "--train-data", "mscoco_captions", "--datasets-dir", world.Datasets, "--vocabulary", world.Vocabulary, "--image-model", world.Model, "--text-model", world.Model,
                "--batch-size", "16", "--workers", "1", "--epochs", "1", "--logs", "logs/small", "--name", "one", "--report-to", "tensorboard",
            ],
            ["runs", "show", "one", "--json"], ["events", "one", "--json"], ["audit", "log", "--all", "--json"], ["db", "status"], ["export", "one", "--to", "one.jsonl"],
            ["reproduce", "one", "--plan"], ["backup", "elsewhere"],
        ];
        var spoken = new StringBuilder();
        using var watch = new ProcessWatch(Canary);
        foreach (var words in commands)
        {
            var outcome = itra.RunWith(variables, words);
            if (words[0] == "backup") Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
            else Assert.True(outcome.ExitCode == ExitCode.Done, $"{words[0]}: {outcome.Error}");
            spoken.Append(outcome.Output).Append(outcome.Error);
        }
        // Nothing answers at these, and one of them is no address at all.
        string[] wrong = [$"Host=127.0.0.1;Port=9;Username=me;Password={Canary}-a", $"postgres://me:{Canary}-b@127.0.0.1:9/itra", $"Hots=x;Password={Canary}-c", $"postgres://me:{Canary}-d@:x"];
        foreach (var text in wrong)
        {
            var outcome = itra.RunWith(new Dictionary<string, string> { ["ITRA_POSTGRES"] = text }, "runs", "ls");
            Assert.NotEqual(ExitCode.Done, outcome.ExitCode);
            spoken.Append(outcome.Output).Append(outcome.Error);
        }
        var unreachable = new Dictionary<string, string>
        {
            ["ITRA_S3_ENDPOINT"] = "http://127.0.0.1:9", ["ITRA_S3_ACCESS_KEY"] = Canary + "-access", ["ITRA_S3_SECRET_KEY"] = Canary + "-secret",
        };
        var doctor = itra.RunWith(unreachable, "doctor");
        Assert.Equal(ExitCode.Failed, doctor.ExitCode);
        spoken.Append(doctor.Output).Append(doctor.Error);

        Assert.True(watch.Looks > 10, $"the list of processes was read {watch.Looks} times only");
        Assert.Empty(watch.Found);
        Assert.DoesNotContain(Canary, spoken.ToString(), StringComparison.Ordinal);
        Assert.Empty(FilesWithCanary(itra.Home).Concat(FilesWithCanary(server.Home)));
        await using var database = new TrackingDatabase(new EmbeddedAddress(server.Home), Environment.GetEnvironmentVariable);
        foreach (var table in (string[])["mt_events", "mt_streams", "run_spec", "mt_doc_run_summary", "score"])
        {
            var rows = await database.QueryAsync($"select to_jsonb(t)::text from itra.{table} t", r => r.GetString(0), TestContext.Current.CancellationToken);
            if (table == "mt_events") Assert.NotEmpty(rows);
            Assert.DoesNotContain(rows, row => row.Contains(Canary, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> FilesWithCanary(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(f => !Path.GetFileName(f).StartsWith(".s.PGSQL", StringComparison.Ordinal) && Holds(f));

    private static bool Holds(string file)
    {
        using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new StreamReader(content, Encoding.Latin1).ReadToEnd().Contains(Canary, StringComparison.Ordinal);
    }

    /// <summary>Reads the command lines of all processes over and over, as `ps` would.</summary>
    private sealed class ProcessWatch : IDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Thread thread;

        public ProcessWatch(string text)
        {
            thread = new Thread(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    foreach (var process in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _))) Look(process, text);
                    Looks++;
                    stop.Token.WaitHandle.WaitOne(100);
                }
            });
            thread.Start();
        }

        public ConcurrentBag<string> Found { get; } = [];

        public int Looks { get; private set; }

        public void Dispose()
        {
            stop.Cancel();
            thread.Join();
            stop.Dispose();
        }

        private void Look(string process, string text)
        {
            try
            {
                if (File.ReadAllText(Path.Combine(process, "cmdline")) is var line && line.Contains(text, StringComparison.Ordinal)) Found.Add(line.Replace('\0', ' '));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }
    }
}
