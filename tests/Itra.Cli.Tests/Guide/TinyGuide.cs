using System.Text;
using Itra.Cli.Demo;

namespace Itra.Cli.Tests.Guide;

/// <summary>What the guide's commands need, as small as it can be: COCO, RSICD and ImageNet of a few pictures, models of the same parts, and two epochs.</summary>
internal sealed class TinyGuide
{
    private const string GuidesData = "/data/Datasets";
    private readonly string home;
    private readonly DemoWorld world;

    public TinyGuide(string home)
    {
        this.home = home;
        world = DemoWorld.Prepare(Path.Combine(home, "world"), new DemoSizes(8, 48, 16, 60, 3)).World;
        var pictures = Directory.GetFiles(Path.Combine(world.Datasets, "coco2017", "val2017")).Order(StringComparer.Ordinal).ToList();
        // As many layers as the guide's lock flags name.
        WriteModel("RN50", """{ "image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 64 }""");
        WriteModel("ViT-L-14-336", """{ "image_size": 32, "layers": 24, "width": 16, "head_width": 8, "patch_size": 16 }""");
        DrawRemoteSensing(pictures);
        DrawImageNet(pictures);
    }

    private string Model(string name) => Path.Combine(home, $"tiny-{name}.json");

    /// <summary>Trains the weights that stand for the published ones of a model.</summary>
    public string[] PreTraining(string model) =>
    [
        "train", "--train-data", "mscoco_captions_2014", "--datasets-dir", world.Datasets, "--image-model", Model(model), "--text-model", Model(model), "--vocabulary", world.Vocabulary,
        "--epochs", "1", "--batch-size", "8", "--workers", "1", "--threads", "1", "--logs", "published", "--name", model,
    ];

    /// <summary>A command of the guide with nothing changed but its sizes and the places of its files.</summary>
    public string[] Train(string[] words)
    {
        List<string> tiny = ["train"];
        for (var i = 0; i < words.Length; i++)
        {
            var flag = i > 0 ? words[i - 1] : "";
            tiny.Add(flag switch
            {
                "--image-model" or "--text-model" => Model(words[i]),
                "--epochs" or "--warmup" => "2",
                "--batch-size" => "16",
                "--workers" => "1",
                "--episode-size" => "32",
                "--resume" => words[i].Replace("epoch_15.pt", "epoch_2.pt"),
                _ => words[i].Replace(GuidesData, world.Datasets),
            });
        }
        if (Array.IndexOf(words, "--image-model") is var at and >= 0)
        {
            var weights = Path.Combine(home, "published", words[at + 1], "checkpoints", "epoch_1.pt");
            tiny.AddRange(["--image-model-tag", weights, "--text-model-tag", weights, "--vocabulary", world.Vocabulary, "--threads", "1"]);
        }
        return [.. tiny];
    }

    private void WriteModel(string name, string vision)
    {
        var text = $$"""{ "context_length": 40, "vocab_size": {{VocabularySize()}}, "width": 32, "heads": 2, "layers": 12 }""";
        File.WriteAllText(Model(name), $$"""{ "embed_dim": 16, "quick_gelu": true, "vision_cfg": {{vision}}, "text_cfg": {{text}} }""");
    }

    private int VocabularySize()
    {
        using var model = System.Text.Json.JsonDocument.Parse(File.ReadAllText(world.Model));
        return model.RootElement.GetProperty("text_cfg").GetProperty("vocab_size").GetInt32();
    }

    private void DrawRemoteSensing(List<string> pictures)
    {
        var root = Path.Combine(world.Datasets, "RSICD");
        var images = Directory.CreateDirectory(Path.Combine(root, "RSICD_images", "RSICD_images")).FullName;
        var tables = Directory.CreateDirectory(Path.Combine(root, "csv")).FullName;
        foreach (var picture in pictures) File.Copy(picture, Path.Combine(images, Path.GetFileName(picture)));
        var rows = pictures.SelectMany(p => new[] { "a grey thing", "桥 a bridge, far away" }.Select(caption => $"{Path.GetFileName(p)}\t{caption}"));
        var text = string.Join('\n', rows.Prepend("filename\ttitle")) + "\n";
        foreach (var part in new[] { "train", "test" })
            File.WriteAllText(Path.Combine(tables, $"rsicd_{part}.csv"), text, CodePagesEncodingProvider.Instance.GetEncoding("gb18030")!);
    }

    private void DrawImageNet(List<string> pictures)
    {
        var root = Path.Combine(world.Datasets, "imagenet");
        foreach (var (name, picture) in new[] { "n01440764", "n01443537" }.Zip(pictures))
            File.Copy(picture, Path.Combine(Directory.CreateDirectory(Path.Combine(root, "val", name)).FullName, "a.jpg"));
        File.WriteAllText(Path.Combine(root, "classes.txt"), "n01440764\ttench\nn01443537\tgoldfish\n");
    }
}
