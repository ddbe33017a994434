using System.Net;
using System.Text.Json;

namespace Itra.Faults.Tests;

/// <summary>The server of the checkpoints answers with errors, not at all, or by halves.</summary>
public sealed class ArtifactServerTests(ReliabilityTable table)
{
    public static TheoryData<string, string> Answers => new()
    {
        { "S3 answers 500 to everything", CannedAnswer.Of(500, "Internal Server Error", "InternalError") },
        { "S3 answers 503 to everything", CannedAnswer.Of(503, "Slow Down", "SlowDown") },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Checkpoints_wait_for_a_server_that_answers_with_errors(string fault, string answer) => await OutageAsync(fault, new Weather { Answer = answer });

    [Fact]
    public async Task Checkpoints_wait_for_a_server_that_is_down() => await OutageAsync("S3 refuses connections", new Weather { IsClosed = true });

    [Fact]
    public async Task Checkpoints_wait_for_a_server_that_breaks_off_every_upload() => await OutageAsync("S3 breaks off every upload after 1 MB", new Weather { Cut = (1_000_000, null) });

    [Fact]
    public async Task Checkpoints_wait_for_a_server_that_does_not_answer() => await OutageAsync("S3 swallows everything", new Weather { IsDark = true }, Outages.SoonTold, "is silent");

    [Fact]
    public async Task What_a_server_sends_by_halves_is_not_believed()
    {
        await using var network = Network();
        await using var machine = NewMachine(network);
        using var training = await machine.TrainAsync("one", t => t.EpochsAsync(3));
        var evidence = await Evidence.TakeAsync(machine, "one", [training]);

        network.Set(new Weather { Cut = (null, 300_000) });
        network.Drop();
        var audit = machine.Run("audit", "verify", "--all");
        Assert.Equal(ExitCodes.Failed, audit.ExitCode);
        var told = (audit.Output + audit.Error).Split('\n').First(l => l.Contains("cannot be read", StringComparison.Ordinal)).Split('\t')[^1];
        network.Set(Weather.Fine);
        table.Add("S3 sends files by halves", 1, evidence, machine.Anonymous(told));
        await Evidence.TakeAsync(machine, "one", [training]);
    }

    [Fact]
    public async Task An_upload_that_is_killed_goes_on_with_the_next_sync()
    {
        const int kills = 4;
        var random = new Random(15);
        await using var network = Network();
        await using var machine = NewMachine(network);
        using var training = machine.Start(machine.Train("one"));
        await training.EpochsAsync(3);
        network.Set(new Weather { BytesPerSecond = 4_000_000 });
        await training.SeeAsync("checkpoint epoch_5.pt");
        await Task.Delay(random.Next(1500), TestContext.Current.CancellationToken);
        await training.EndAsync(Training.SigKill);
        for (var i = 1; i < kills; i++)
        {
            using var sync = machine.Start("sync");
            await Task.Delay(random.Next(800, 3000), TestContext.Current.CancellationToken);
            await sync.EndAsync(Training.SigKill);
        }
        network.Set(Weather.Fine);
        table.Add("an upload to S3 killed with -9 at random moments", kills, await Evidence.TakeAsync(machine, "one", [training], killed: true), "the next `itra sync` goes on with it");
    }

    [Fact]
    public async Task A_collection_in_a_bucket_that_is_killed_is_finished_by_the_next()
    {
        const int kills = 4;
        var random = new Random(17);
        await using var network = Network();
        await using var machine = NewMachine(network);
        using var training = await machine.TrainAsync("one", t => t.EpochsAsync(4), "--save-frequency", "1");
        var evidence = await Evidence.TakeAsync(machine, "one", [training]);
        var stored = Places(machine);
        Assert.True(stored.Count > kills + 2 && stored.All(p => p == "stored"), string.Join(' ', stored));

        // Of what is kept, one less each time: every collection has something to do.
        for (var i = 0; i < kills; i++)
        {
            network.Set(new Weather { Delay = TimeSpan.FromMilliseconds(30) });
            using var collection = machine.Start(Words(stored.Count - i - 1));
            await collection.SeeAsync("to delete; that frees");
            await Task.Delay(random.Next(1500), TestContext.Current.CancellationToken);
            await collection.EndAsync(Training.SigKill);
            network.Set(Weather.Fine);
            await Evidence.TakeAsync(machine, "one", [training]);
            Assert.DoesNotContain("missing", Places(machine));
        }
        var last = machine.Run(Words(1));
        Assert.True(last.ExitCode == ExitCodes.Done, last.Error);
        Assert.Equal(1, Places(machine).Count(p => p == "stored"));
        Assert.Equal(evidence.Recorded + stored.Count - 1, (await Evidence.TakeAsync(machine, "one", [training])).Recorded);
        Assert.Contains("0 checkpoints to delete; that frees 0 B", machine.Run([.. Words(1), "--orphans"]).Error, StringComparison.Ordinal);
        table.Add("`itra gc` in a bucket killed with -9 at random moments", kills, evidence, "the next `itra gc` finishes; `itra audit verify` misses nothing");

        static string[] Words(int kept) => ["gc", "--keep", $"last:{kept}", "--grace", "0", "--yes"];
    }

    private static List<string> Places(Machine machine)
    {
        using var list = JsonDocument.Parse(machine.Run("checkpoints", "ls", "--json").Output);
        return [.. list.RootElement.EnumerateArray().Select(e => e.GetProperty("place").GetString()!)];
    }

    private async Task OutageAsync(string fault, Weather weather, TimeSpan? within = null, string told = "")
    {
        await using var network = Network();
        await using var machine = NewMachine(network);
        using var training = await machine.TrainAsync("one", async t =>
        {
            network.Set(weather);
            // A connection that breaks is a failure, which is told first: a server that only falls silent breaks none.
            if (!weather.IsDark) network.Drop();
            await t.SeeAsync("checkpoint epoch_5.pt");
            Assert.Contains(told, await t.SeeAsync("not in the store yet", within), StringComparison.Ordinal);
            await t.EpochsAsync(3);
            network.Set(Weather.Fine);
            await t.SeeAsync("the store takes events again; none was lost");
        });
        table.Add(fault, 1, await Evidence.TakeAsync(machine, "one", [training]), training.Outage(machine));
    }

    private static FaultProxy Network()
    {
        var url = Environment.GetEnvironmentVariable("ITRA_TEST_S3_ENDPOINT");
        Assert.SkipWhen(url is null, "ITRA_TEST_S3_ENDPOINT is not set: ./test starts an S3 server");
        var server = new Uri(url!);
        return new FaultProxy(() => new IPEndPoint(IPAddress.Parse(server.Host), server.Port));
    }

    private static Machine NewMachine(FaultProxy network)
    {
        var machine = new Machine();
        machine.Variables["ITRA_S3_ENDPOINT"] = $"http://127.0.0.1:{network.Port}";
        machine.Variables["ITRA_S3_BUCKET"] = "faults-" + Guid.NewGuid().ToString("N");
        foreach (var name in new[] { "ACCESS_KEY", "SECRET_KEY", "REGION" }) machine.Variables["ITRA_S3_" + name] = Environment.GetEnvironmentVariable("ITRA_TEST_S3_" + name)!;
        return machine;
    }
}
