using System.Text.Json;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;

namespace Itra.Bench;

/// <summary>CPU time of what the loader's threads do.</summary>
internal static class DataBench
{
    private const int Size = 224, ContextLength = 77;

    /// <summary>
    /// The Itra side of bench/decode/run.py: for each line on standard input, turn all images into squares on one thread and print the CPU
    /// seconds that took. The line "pixels FILE" also writes the squares.
    /// </summary>
    public static unsafe void RunDecode(string folder, bool turboJpeg, bool portable)
    {
        var images = Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal).ToArray();
        using var reader = new ImageReader(new EvalTransform(Size), new ImageDecoder(turboJpeg), portable ? new PortableKernel() : null);
        var square = new byte[Size * Size * 3];
        while (Console.ReadLine() is { } line)
        {
            using var pixels = line.StartsWith("pixels ", StringComparison.Ordinal) ? File.Create(line["pixels ".Length..]) : null;
            var before = Environment.CpuUsage.TotalTime;
            foreach (var image in images)
            {
                fixed (byte* destination = square) reader.Read(image, convertBeforeTransform: true, default, destination);
                pixels?.Write(square);
            }
            Console.WriteLine((Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
    }

    /// <summary>Captions per second of one core, with a warm cache of words, as in every epoch but the first.</summary>
    public static void RunTokens(string vocabulary, string captionsJson)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(captionsJson));
        string[] captions = [.. file.RootElement.GetProperty("annotations").EnumerateArray().Select(a => a.GetProperty("caption").GetString()!)];
        var tokenizer = ClipTokenizer.Load(vocabulary);
        var row = new long[ContextLength];
        double best = 0;
        for (int round = 0; round < 10; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < 100_000; i++) tokenizer.Encode(captions[i % captions.Length], row);
            best = Math.Max(best, 100_000 / (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
        Console.WriteLine($"{best:N0} captions/s/core");
    }
}
