using System.IO.Compression;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.LinearProbe;

namespace Itra.Trainer.Tests.Clip;

public sealed class FrozenTowersTests : IDisposable
{
    private readonly TinyWorld world = new();

    [Fact]
    public void With_a_frozen_text_tower_the_cache_changes_no_loss_and_no_score()
    {
        var plain = Run(("lock_text_model", "true"), ("text_head_n_layers", "1"), ("name", "plain"));
        var cached = Run(("lock_text_model", "true"), ("text_head_n_layers", "1"), ("cache_frozen", "true"), ("name", "cached"));

        // Other batches of the tower give other rounding, nothing more.
        foreach (var (expected, actual) in Losses(plain).Zip(Losses(cached))) Assert.Equal(expected, actual, 1e-5 * expected);
        Assert.Equal(plain.OfType<RecordRetrieval>().Select(r => r.Scores), cached.OfType<RecordRetrieval>().Select(r => r.Scores));
    }

    [Fact]
    public void Features_are_computed_once_and_found_again_by_content()
    {
        (string, string)[] locked = [("lock_image_model", "true"), ("image_head_n_layers", "1"), ("cache_frozen", "true")];
        Run([.. locked, ("name", "first")]);
        var computed = world.Infos.Count(i => i.StartsWith("computing the features", StringComparison.Ordinal));
        Assert.Equal(2, computed); // of the training and of the evaluation set
        Run([.. locked, ("name", "second"), ("lr", "1e-4")]);
        Assert.Equal(computed, world.Infos.Count(i => i.StartsWith("computing the features", StringComparison.Ordinal)));

        Run([.. locked, ("name", "third"), ("seed", "9")]); // other random weights in the tower
        Assert.Equal(2 * computed, world.Infos.Count(i => i.StartsWith("computing the features", StringComparison.Ordinal)));
    }

    [Fact]
    public void Features_of_captions_are_computed_anew_for_another_vocabulary_of_the_same_size()
    {
        (string, string)[] locked = [("lock_text_model", "true"), ("text_head_n_layers", "1"), ("cache_frozen", "true")];
        Run([.. locked, ("name", "first")]);
        var other = Path.Combine(world.Coco.Root, "other.txt");
        // The same symbols, learned in another order.
        using (var merges = new StreamReader(new GZipStream(File.OpenRead(world.Vocabulary), CompressionMode.Decompress)))
        {
            var lines = merges.ReadToEnd().TrimEnd('\n').Split('\n');
            var unlike = Enumerable.Range(2, lines.Length - 2).First(i => !lines[i].Contains(lines[i - 1].Replace(" ", ""), StringComparison.Ordinal));
            (lines[unlike - 1], lines[unlike]) = (lines[unlike], lines[unlike - 1]);
            File.WriteAllLines(other, lines);
        }
        Run([.. locked, ("name", "second"), ("vocabulary", other)]);
        Assert.Equal(4, world.Infos.Count(i => i.StartsWith("computing the features", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_linear_probe_trains_the_heads_alone_on_features_of_both_towers()
    {
        var spec = world.Spec();
        spec = spec with { Trainer = LinearProbeTrainer.TrainerName, Config = LinearProbeTrainer.Complete(ClipConfig.Parse(spec.Config)).ToDictionary() };
        List<RunCommand> commands = [.. new LinearProbeTrainer(world.Clip).Train(spec, null, TestContext.Current.CancellationToken)];

        var model = commands.OfType<RecordModel>().Single();
        Assert.Equal((0, 0), (model.Image.Trainable, model.Text.Trainable));
        Assert.Equal(2 * (16 * 16 + 16) + 1, model.Total.Trainable);
        Assert.Equal(2, commands.OfType<CompleteEpoch>().Count());
        Assert.Equal(4, Directory.GetFiles(Path.Combine(world.Coco.Root, "cache", "features")).Length);
    }

    [Fact]
    public void A_linear_probe_refuses_a_spec_that_does_not_say_what_it_does() =>
        Assert.Contains("--trainer linear-probe", Assert.Throws<UserErrorException>(() => new LinearProbeTrainer(world.Clip).Train(world.Spec(), null, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    public void Dispose() => world.Dispose();

    private List<RunCommand> Run(params (string, string)[] changes) => [.. world.Train(world.Spec([("save_frequency", "0"), .. changes]), TestContext.Current.CancellationToken)];

    private static IEnumerable<double> Losses(List<RunCommand> commands) => commands.OfType<LogMetrics>().Select(m => m.Chunk.Values[0][0]);
}
