using System.Diagnostics;
using Itra.Trainer.Clip;
using static TorchSharp.torch;

namespace Itra.Bench;

/// <summary>Whole training steps on random images: forward, backward, clipping, AdamW, and EMA if asked for.</summary>
internal static class StepBench
{
    public static void Run(string model, int batch, int threads, int steps, bool average, string precision, bool lines)
    {
        set_num_threads(threads);
        var config = ClipConfig.Parse(new Dictionary<string, string>
        {
            ["image_model"] = model, ["text_model"] = model, ["train_data"] = "random", ["lr"] = "1e-5", ["warmup"] = "10",
            ["max_grad_norm"] = "5", ["model_ema"] = average ? "true" : "false", ["precision"] = precision,
        });
        var family = ClipFamilies.Find(model);
        var clip = new ClipModel(family, family, config);
        using var weights = ModelTensors.Create(clip.Plan, seed: 1);
        using var learner = new ClipLearner(clip, weights, config, totalSteps: 1000);
        using var images = randn(batch, 3, family.ImageSize, family.ImageSize);
        // Captions of MS-COCO's usual length: 12 tokens with start and end, zeros behind.
        using var tokens = zeros(batch, clip.ContextLength, ScalarType.Int64);
        tokens.narrow(1, 0, 11).fill_(320);
        tokens.narrow(1, 11, 1).fill_(family.Text.VocabularySize - 1);

        learner.Step(images, tokens, 0);
        var wall = new List<double>();
        var cpu = new List<double>();
        for (var i = 1; i <= steps; i++)
        {
            var used = Environment.CpuUsage.TotalTime;
            var started = Stopwatch.GetTimestamp();
            learner.Step(images, tokens, i);
            wall.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            cpu.Add((Environment.CpuUsage.TotalTime - used).TotalSeconds);
        }
        if (lines) Print(wall.Zip(cpu));
        else Console.WriteLine($"{model} batch {batch}, {precision}, {threads} thread(s), EMA {average}: median {Median(wall):f3} s wall, {Median(cpu):f3} s CPU (least {cpu.Min():f3}), {batch / Median(wall):f2} images/s");
    }

    /// <summary>Clipping, AdamW, EMA and zeroing alone, on the gradients of one step.</summary>
    public static void RunOptimizer(string model, int threads, int steps, bool lines)
    {
        set_num_threads(threads);
        var config = ClipConfig.Parse(new Dictionary<string, string> { ["image_model"] = model, ["text_model"] = model, ["train_data"] = "random", ["model_ema"] = "true" });
        var family = ClipFamilies.Find(model);
        var clip = new ClipModel(family, family, config);
        using var weights = ModelTensors.Create(clip.Plan, seed: 1);
        using var learner = new ClipLearner(clip, weights, config, totalSteps: 1000);
        learner.Parameters.Gradient.normal_(0, 1e-3);
        var parts = new (string Name, Action Work)[]
        {
            ("clip", () => learner.Parameters.ClipGradient(0.5)),
            ("AdamW", () => learner.Optimizer.Step(1e-5)),
            ("EMA", () => learner.Average!.Update()),
            ("zero", learner.Parameters.ZeroGradient),
        };
        if (lines)
        {
            foreach (var (_, work) in parts) work();
            Print(Enumerable.Range(0, steps).Select(_ => Time(() => { foreach (var (_, work) in parts) work(); })));
            return;
        }
        double total = 0;
        foreach (var (name, work) in parts)
        {
            work();
            var cpu = new List<double>();
            for (var i = 0; i < steps; i++)
            {
                var used = Environment.CpuUsage.TotalTime;
                work();
                cpu.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
            }
            total += Median(cpu);
            Console.WriteLine($"{name,-6} {Median(cpu),7:f1} ms CPU");
        }
        Console.WriteLine($"{"all",-6} {total,7:f1} ms CPU for {learner.Parameters.Data.numel() / 1e6:f1} M parameters, {threads} thread(s)");
    }

    private static (double Wall, double Cpu) Time(Action work)
    {
        var used = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        work();
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
    }

    /// <summary>For step/run.py: wall and CPU seconds, a line per step.</summary>
    private static void Print(IEnumerable<(double Wall, double Cpu)> times)
    {
        foreach (var (wall, cpu) in times) Console.WriteLine($"{wall:f4} {cpu:f4}");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
