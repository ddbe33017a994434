using System.Text.Json;

namespace Itra.Cli.Tests.Guide;

/// <summary>Every command of the guide, run to its end by the real program, one after another as somebody who reads the guide would.</summary>
public sealed class GuideRunTests : IDisposable
{
    private static readonly string[] Retrieval =
    [
        "retrieval-image2text-R@1", "retrieval-image2text-R@5", "retrieval-image2text-R@10", "retrieval-text2image-R@1", "retrieval-text2image-R@5", "retrieval-text2image-R@10",
        "retrieval-mean-recall",
    ];

    private readonly ItraProgram itra = new();
    private readonly TinyGuide tiny;

    public GuideRunTests() => tiny = new TinyGuide(itra.Home);

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    [Fact]
    public void Every_command_of_the_guide_runs_to_its_end_and_leaves_the_files_that_it_names()
    {
        Complete(tiny.PreTraining("RN50"));
        Complete(tiny.PreTraining("ViT-L-14-336"));

        Run(0);
        Trained("logs/MSCOCO-RN50/10ep-bs256-lr1e-5-wd0.5");
        Run(1);
        Trained("logs/MSCOCO-RN50/15ep-bs800-lr3125e-8-wd1.0");
        Run(2);
        const string Partial = "logs/MSCOCO-RN50-partial/save-lock-image(!attnpool,!layer4)-lock-text(positional_embedding,token_embedding)-bs1792-lr7e-5";
        Trained(Partial);
        Assert.Contains("| INFO | [itra]: frozen    image_backbone.layer3.0.conv1.weight", Read($"{Partial}/out.log"), StringComparison.Ordinal);
        Run(3, 0, 8);
        Trained("logs/MSCOCO-RN50-LLDR/layer_decay_text=1.0");
        Trained("logs/MSCOCO-RN50-LLDR/layer_decay_text=0.6");
        Run(4, 0, 8);
        Trained("logs/MSCOCO-RN50-EMA/model_ema_decay=0.99999");
        Trained("logs/MSCOCO-RN50-EMA/model_ema_decay=0.8");
        // What hardly moves scores as the start does.
        var start = Mixed(0, "0.0");
        Assert.Equal(Scores("logs/MSCOCO-RN50-EMA/model_ema_decay=0.99999")[^1], start.Where(s => s.Key.StartsWith("retrieval", StringComparison.Ordinal)));
        Assert.Equal(Scores(Partial)[^1], Mixed(10, "1.0").Where(s => s.Key.StartsWith("retrieval", StringComparison.Ordinal)));
        Mixed(5, "0.5");
        Run(6);
        Trained("logs/RSICD-ViT-L-14/30ep-b128-lr1e-5-unlock-image-text-last0.75-lldr0.9");

        File.Copy(Path.Combine(itra.Home, "logs/MSCOCO-RN50/10ep-bs256-lr1e-5-wd0.5/params.yml"), Path.Combine(itra.Home, "logs/params.yml"));
        RunGarbled(7);
        Trained("logs/MSCOCO-RN50/custom-name");
        RunGarbled(8);
        Trained("logs/test/coco-finetune-nprompt-4");
        Assert.Contains("trainable prompt (4, 32)\n", Read("logs/test/coco-finetune-nprompt-4/out.log"), StringComparison.Ordinal);

        using var runs = JsonDocument.Parse(itra.Run("runs", "ls", "--json").Output);
        Assert.All(runs.RootElement.EnumerateArray(), r => Assert.Equal("completed", r.GetProperty("status").GetString()));
        Assert.Equal(15, runs.RootElement.GetArrayLength());
    }

    /// <summary>Runs a command; of a loop, the given turns.</summary>
    private void Run(int number, params int[] turns)
    {
        var words = GuideScript.Words(GuideScript.Commands[number]);
        foreach (var turn in turns is [] ? [0] : turns) Complete(tiny.Train(words[turn]));
    }

    /// <summary>Runs a command as the web page garbled it, and then what Itra says was meant.</summary>
    private void RunGarbled(int number)
    {
        var refused = itra.Run(["train", .. GuideScript.Words(GuideScript.Commands[number])[0]]);
        Assert.Equal(ExitCode.WrongInput, refused.ExitCode);
        Complete(tiny.Train(GuideScript.Words(GuideScript.Corrected(refused.Error)!)[0]));
    }

    /// <summary>A turn of the WiSE-FT loop, which only evaluates.</summary>
    private Dictionary<string, double> Mixed(int turn, string alpha)
    {
        Run(5, turn);
        var folder = $"logs/MSCOCO-RN50-WiseFT/zs+retrieval-WiseFT={alpha}";
        Assert.False(File.Exists(Path.Combine(itra.Home, folder, "params.yml")));
        var scores = Assert.Single(Scores(folder));
        Assert.Contains("ImageNet-zeroshot-acc", scores.Keys);
        Assert.Equal(Retrieval, scores.Keys.Where(k => k.StartsWith("retrieval", StringComparison.Ordinal)));
        return scores;
    }

    private void Complete(string[] words)
    {
        var outcome = itra.Run(words);
        Assert.True(outcome.ExitCode == ExitCode.Done, $"{string.Join(' ', words)}\n{outcome.Error}{outcome.Output}");
    }

    private void Trained(string folder)
    {
        Assert.All(["out.log", "params.yml", "results.jsonl", "tensorboard", "checkpoints/epoch_2.pt", "checkpoints/epoch_latest.pt"],
            f => Assert.True(Path.Exists(Path.Combine(itra.Home, folder, f)), $"{folder}/{f}"));
        Assert.False(File.Exists(Path.Combine(itra.Home, folder, "checkpoints/epoch_1.pt")));
        Assert.Equal([.. Enumerable.Repeat(Retrieval, 2)], Scores(folder).Select(s => s.Keys.ToArray()));
    }

    private List<Dictionary<string, double>> Scores(string folder) =>
        [.. Read($"{folder}/results.jsonl").TrimEnd('\n').Split('\n').Select(l => JsonSerializer.Deserialize<Dictionary<string, double>>(l)!)];

    private string Read(string file) => File.ReadAllText(Path.Combine(itra.Home, file));
}
