using System.Runtime.InteropServices;
using Itra.Domain;
using Itra.Trainer.Data.Images;
using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>Makes the batches of one epoch on one thread, straight in the memory of their tensors.</summary>
internal sealed unsafe class PairWorker(CaptionSet set, ClipTokenizer tokenizer, PairLoading loading, int epoch, int[] order, SkipLog skipped) : IWorker<PairBatch>
{
    private readonly ImageReader reader = new(loading.Transform);

    public PairBatch Make(int index, CancellationToken cancellation)
    {
        var (batch, size, length) = (loading.Share?.Rows(loading.BatchSize) ?? loading.BatchSize, loading.Transform.Size, loading.ContextLength);
        var pixels = Host([loading.WithImages ? batch : 0, size, size, 3], ScalarType.Byte);
        var tokens = Host([batch, length], ScalarType.Int64);
        int[] samples = new int[batch], captions = new int[batch];
        try
        {
            fixed (byte* square = pixels.bytes)
            {
                var rows = MemoryMarshal.Cast<byte, long>(tokens.bytes);
                for (int i = 0; i < batch; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int place = index * loading.BatchSize + (loading.Share?.PlaceOf(i) ?? i);
                    samples[i] = loading.WithImages ? ReadImage(place, index, square + (long)i * size * size * 3) : order[place];
                    captions[i] = DrawCaption(samples[i], place);
                    tokenizer.Encode(set.Items[samples[i]].Captions[captions[i]], rows.Slice(i * length, length));
                }
            }
            return new PairBatch(pixels, tokens, samples, captions);
        }
        catch
        {
            pixels.Dispose();
            tokens.Dispose();
            throw;
        }
    }

    public void Dispose() => reader.Dispose();

    private Tensor Host(long[] shape, ScalarType type)
    {
        var memory = empty(shape, type, CPU);
        if (!loading.Pinned) return memory.DetachFromDisposeScope();
        using (memory) return memory.pin_memory().DetachFromDisposeScope();
    }

    private int DrawCaption(int sample, int place) =>
        CounterRandom.For(loading.Seed, epoch, place, Purpose.Caption).NextInt(set.Items[sample].Captions.Count);

    private int ReadImage(int place, int batch, byte* square)
    {
        for (int step = 0; step < order.Length; step++)
        {
            int sample = order[(place + step) % order.Length];
            var item = set.Items[sample];
            try
            {
                reader.Read(item.ImagePath, item.ConvertBeforeTransform, CounterRandom.For(loading.Seed, epoch, place, Purpose.Crop), square);
                return sample;
            }
            catch (BrokenImageException broken) when (loading.SkipBroken)
            {
                skipped.Add(epoch, broken, batch);
            }
        }
        throw new UserErrorException($"{set.Name}: not one of {order.Length} images can be read: is this the right data set?");
    }
}
