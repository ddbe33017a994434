using System.Runtime.InteropServices;
using Itra.Domain.Training;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Bench;

/// <summary>Scores of all texts with all images, and all six recalls.</summary>
internal static class RetrievalBench
{
    /// <param name="folder">texts and images, rows of float32, and the image of every text, int32: files that bench/pytorch/retrieval.py made.</param>
    /// <remarks>The line gives how many of the texts, or "all" of them. Says the recalls, of images and of texts.</remarks>
    public static void TakeTurns(string folder, int width, int threads)
    {
        set_num_threads(threads);
        using Tensor texts = Read(Path.Combine(folder, "texts"), width), images = Read(Path.Combine(folder, "images"), width);
        int[] owners = [.. MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(Path.Combine(folder, "owners")))];
        Turns.Take(line =>
        {
            var count = line == "all" ? owners.Length : int.Parse(line);
            using var some = texts.narrow(0, 0, count);
            return Said(RetrievalEvaluation.Score(some, images, owners[..count], CancellationToken.None));
        });
    }

    private static string Said(RetrievalScores scores) => FormattableString.Invariant(
        $"{scores.ImageToTextR1:f3} {scores.ImageToTextR5:f3} {scores.ImageToTextR10:f3} {scores.TextToImageR1:f3} {scores.TextToImageR5:f3} {scores.TextToImageR10:f3}");

    private static Tensor Read(string path, int width)
    {
        using var file = File.OpenRead(path);
        var tensor = empty(file.Length / sizeof(float) / width, width);
        TensorMemory.ForEachPiece(tensor, (_, bytes) => file.ReadExactly(bytes));
        return tensor;
    }
}
