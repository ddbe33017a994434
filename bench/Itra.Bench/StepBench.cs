using Itra.Trainer.Optimization;
using static TorchSharp.torch;

namespace Itra.Bench;

/// <summary>Whole training steps on random images: forward, backward, clipping, AdamW, and EMA if asked for.</summary>
internal static class StepBench
{
    private const int Repetitions = 5;

    public static void Run(string model, int batch, int threads, bool average, string precision)
    {
        using var trainee = new Trainee(model, threads, precision, average);
        using Tensor images = trainee.Images(batch), tokens = trainee.Tokens(batch);
        var (wall, cpu, least) = Median(() => trainee.Step(images, tokens));
        Console.WriteLine($"{model} batch {batch}, {precision}, {threads} thread(s), EMA {average}: median {wall:f3} s wall, {cpu:f3} s CPU (least {least:f3}), {batch / wall:f2} images/s");
    }

    /// <summary>A step per line, which gives the size of its batch.</summary>
    public static void TakeTurns(string model, int threads, bool average, string precision)
    {
        using var trainee = new Trainee(model, threads, precision, average);
        Tensor? images = null, tokens = null;
        Turns.Take(line =>
        {
            var batch = int.Parse(line);
            if (images?.size(0) != batch)
            {
                images?.Dispose();
                tokens?.Dispose();
                (images, tokens) = (trainee.Images(batch), trainee.Tokens(batch));
            }
            trainee.Step(images, tokens!);
            return null;
        });
    }

    /// <summary>A process's first step, and that it is done.</summary>
    public static void RunFirst(string model, int batch, int threads)
    {
        using var trainee = new Trainee(model, threads);
        using Tensor images = trainee.Images(batch), tokens = trainee.Tokens(batch);
        trainee.Step(images, tokens);
        Console.WriteLine("done");
    }

    /// <summary>Clipping, AdamW, EMA and zeroing alone, one by one.</summary>
    public static void RunOptimizer(string model, int threads)
    {
        using var trainee = new Trainee(model, threads, average: true);
        double total = 0;
        foreach (var (name, work) in Update(trainee))
        {
            var milliseconds = Median(work).Cpu * 1000;
            total += milliseconds;
            Console.WriteLine($"{name,-6} {milliseconds,7:f1} ms CPU");
        }
        Console.WriteLine($"{"all",-6} {total,7:f1} ms CPU for {trainee.Learner.Parameters.Data.numel() / 1e6:f1} M parameters, {threads} thread(s)");
    }

    /// <summary>All four, once per line.</summary>
    public static void TakeOptimizerTurns(string model, int threads)
    {
        using var trainee = new Trainee(model, threads, average: true);
        var parts = Update(trainee);
        Turns.Take(_ =>
        {
            foreach (var (_, work) in parts) work();
            return null;
        });
    }

    private static (string Name, Action Work)[] Update(Trainee trainee)
    {
        var learner = trainee.Learner;
        learner.Parameters.Gradient.normal_(0, 1e-3);
        return
        [
            ("clip", () => learner.Parameters.ClipGradient(PreciseNorm.Of(learner.Parameters.Gradient, learner.Read), 0.5)),
            ("AdamW", () => learner.Optimizer.Step(1e-5)),
            ("EMA", () => learner.Average!.Update()),
            ("zero", learner.Parameters.ZeroGradient),
        ];
    }

    private static (double Wall, double Cpu, double LeastCpu) Median(Action work)
    {
        work();
        (double Wall, double Cpu)[] times = [.. Enumerable.Range(0, Repetitions).Select(_ => Turns.Time(work))];
        return (times.Select(t => t.Wall).Order().ElementAt(Repetitions / 2), times.Select(t => t.Cpu).Order().ElementAt(Repetitions / 2), times.Min(t => t.Cpu));
    }
}
