using System.Runtime.InteropServices;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Bench;

/// <summary>What the loader's threads do.</summary>
internal static class DataBench
{
    private const int Size = 224, ContextLength = 77, Batch = 32;

    /// <summary>
    /// All images of a folder into the tensors that a model is given, in batches, on one thread. The line "write FILE" also writes them:
    /// (N, 3, S, S) float32.
    /// </summary>
    public static unsafe void TakeDecodeTurns(string folder, bool turboJpeg, bool portable)
    {
        set_num_threads(1);
        var images = Pictures(folder);
        using var reader = new ImageReader(new EvalTransform(Size), new ImageDecoder(turboJpeg), portable ? new PortableKernel() : null);
        Turns.Take(line =>
        {
            using var file = line.StartsWith("write ", StringComparison.Ordinal) ? File.Create(line["write ".Length..]) : null;
            foreach (var batch in images.Chunk(Batch))
            {
                using var pixels = empty([batch.Length, Size, Size, 3], ScalarType.Byte);
                for (var i = 0; i < batch.Length; i++) reader.Read(batch[i], convertBeforeTransform: true, default, TensorMemory.Pointer(pixels) + (long)i * Size * Size * 3);
                using var values = Normalisation.Normalise(pixels);
                file?.Write(MemoryMarshal.AsBytes(TensorMemory.Floats(values)));
            }
            return null;
        });
    }

    /// <summary>
    /// All captions of a file, one per line, into rows of tokens, every time with a tokenizer that has seen no word yet. The line
    /// "write FILE" also writes them: (N, L) int64.
    /// </summary>
    public static void TakeTokenTurns(string vocabulary, string captionsFile)
    {
        var captions = File.ReadAllLines(captionsFile);
        var known = BpeVocabulary.Load(vocabulary);
        var rows = new long[captions.Length * ContextLength];
        Turns.Take(line =>
        {
            var tokenizer = new ClipTokenizer(known);
            for (var i = 0; i < captions.Length; i++) tokenizer.Encode(captions[i], rows.AsSpan(i * ContextLength, ContextLength));
            if (line.StartsWith("write ", StringComparison.Ordinal)) File.WriteAllBytes(line["write ".Length..], MemoryMarshal.AsBytes<long>(rows));
            return null;
        });
    }

    /// <summary>An epoch of pairs of the images of a folder; the line gives the workers.</summary>
    public static void TakeLoaderTurns(string vocabulary, string folder, int samples)
    {
        var set = new CaptionSet("pictures", [.. Pictures(folder).Select(path => new ImageCaptions(path, ["a photo of a cat and two dogs on a red sofa"]))]);
        var tokenizer = ClipTokenizer.Load(vocabulary);
        Turns.Take(line =>
        {
            var loader = new PairLoader(set, tokenizer, new PairLoading
            {
                Transform = new RandomResizedCrop(Size), ContextLength = ContextLength, BatchSize = Batch, Workers = int.Parse(line), Seed = 1, EpisodeSize = samples,
            });
            foreach (var batch in loader.Epoch(1)) batch.Dispose();
            return $"{loader.BatchesPerEpoch * Batch}";
        });
    }

    private static string[] Pictures(string folder) => [.. Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal)];
}
