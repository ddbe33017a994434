namespace Itra.Trainer.Data.Images;

/// <summary>The definition: plain loops.</summary>
internal sealed unsafe class PortableKernel : ResampleKernel
{
    public override void Row(byte* source, int channels, ResampleWeights weights, byte* destination)
    {
        for (int x = 0; x < weights.Count; x++, destination += channels)
        {
            var taps = weights.Weights.AsSpan(x * weights.Taps, weights.Taps);
            byte* first = source + weights.First[x] * channels;
            for (int c = 0; c < channels; c++)
            {
                int sum = ResampleWeights.Half;
                byte* pixel = first + c;
                foreach (int weight in taps)
                {
                    sum += *pixel * weight;
                    pixel += channels;
                }
                destination[c] = Clip(sum);
            }
        }
    }

    public override void Column(byte* source, int pitch, ReadOnlySpan<int> weights, byte* destination, int length)
    {
        for (int i = 0; i < length; i++)
        {
            int sum = ResampleWeights.Half;
            byte* value = source + i;
            foreach (int weight in weights)
            {
                sum += *value * weight;
                value += pitch;
            }
            destination[i] = Clip(sum);
        }
    }
}
