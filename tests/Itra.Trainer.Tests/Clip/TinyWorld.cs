using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Tests.Data;

namespace Itra.Trainer.Tests.Clip;

/// <summary>Everything a whole run needs, small: a data set, a vocabulary, a model of a few thousand parameters and a folder for its files.</summary>
internal sealed class TinyWorld : IDisposable
{
    public TinyWorld(int images = 12, bool vit = true)
    {
        Coco = new CocoFolder(images);
        Evaluation = new CocoFolder(images, "val2017");
        // Both splits below one root.
        foreach (var entry in new[] { "annotations/captions_val2017.json", "val2017" })
            Directory.Move(Path.Combine(Evaluation.Root, "coco2017", entry), Path.Combine(Coco.Root, "coco2017", entry));
        Vocabulary = Path.Combine(Coco.Root, "vocabulary.gz");
        var size = BpeLearner.Learn(["image caption"], 20, Vocabulary);
        ModelFile = Path.Combine(Coco.Root, "tiny.json");
        object vision = vit
            ? new { image_size = 32, layers = 1, width = 32, head_width = 16, patch_size = 16 }
            : new { image_size = 32, layers = new[] { 1, 1, 1, 1 }, width = 8, head_width = 64 };
        File.WriteAllText(ModelFile, JsonSerializer.Serialize(new
        {
            embed_dim = 16, quick_gelu = true, vision_cfg = vision,
            text_cfg = new { context_length = 16, vocab_size = size, width = 32, heads = 2, layers = 1 },
        }));
    }

    public CocoFolder Coco { get; }

    public string Vocabulary { get; }

    public string ModelFile { get; }

    public string Logs => Path.Combine(Coco.Root, "logs");

    public List<string> Warnings { get; } = [];

    public List<string> Infos { get; } = [];

    private CocoFolder Evaluation { get; }

    /// <summary>A spec that works; <paramref name="changes"/> go over it.</summary>
    public RunSpec Spec(params (string Key, string Value)[] changes)
    {
        var settings = new Dictionary<string, string>
        {
            ["train_data"] = "mscoco_captions", ["retrieval_data"] = "mscoco_captions", ["retrieval_frequency"] = "1", ["datasets_dir"] = Coco.Root,
            ["epochs"] = "2", ["batch_size"] = "5", ["workers"] = "1", ["lr"] = "1e-3", ["warmup"] = "2", ["threads"] = "1", ["seed"] = "3",
            ["image_model"] = ModelFile, ["text_model"] = ModelFile, ["vocabulary"] = Vocabulary, ["logs"] = Logs, ["name"] = "tiny",
        };
        foreach (var (key, value) in changes) settings[key] = value;
        return new RunSpec("clip", "test", settings["name"], int.Parse(settings["seed"]), ClipConfig.Parse(settings).ToDictionary());
    }

    public ClipTrainer Clip => new(Path.Combine(Coco.Root, "models"), Path.Combine(Coco.Root, "cache"), _ => new Log(Warnings, Infos), TimeProvider.System);

    public IEnumerable<RunCommand> Train(RunSpec spec, CancellationToken cancellation = default) => Clip.Train(spec, from: null, cancellation);

    public void Dispose()
    {
        Evaluation.Dispose();
        Coco.Dispose();
    }

    internal sealed class Log(List<string> warnings, List<string> infos) : IRunLog
    {
        public void Info(string message) => infos.Add(message);

        public void Warn(string message) => warnings.Add(message);
    }
}
