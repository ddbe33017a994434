namespace Itra.Trainer.Data;

/// <summary>What a stream of random numbers is for: two purposes never share numbers.</summary>
internal enum Purpose
{
    Order = 1,
    Episode = 2,
    Caption = 3,
    Crop = 4,
    Weights = 5,
    Template = 6,
}

/// <summary>
/// Random numbers from a key and a counter (Philox4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). The same
/// (seed, epoch, sample, purpose) gives the same stream on any worker at any time, so any step can be entered again. A copy of the
/// struct continues where the original stood.
/// </summary>
internal struct CounterRandom
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    private readonly uint key0, key1, epoch, sampleLow, streamHigh;
    private uint block;
    private ulong spare;
    private bool hasSpare;

    private CounterRandom(ulong seed, long epoch, long sample, Purpose purpose)
    {
        // 32 bits of epoch, 56 of sample and 8 of purpose fill the counter together with the block number.
        (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        this.epoch = checked((uint)epoch);
        sampleLow = (uint)sample;
        streamHigh = checked((uint)(sample >> 32) << 8) | (byte)purpose;
    }

    /// <param name="seed">Of the run.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="sample">Place of the sample in its epoch, from 0; or any other count below 2^56.</param>
    /// <param name="purpose">What the numbers decide.</param>
    public static CounterRandom For(ulong seed, long epoch, long sample, Purpose purpose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, 1L << 56);
        return new(seed, epoch, sample, purpose);
    }

    public ulong NextUInt64()
    {
        if (hasSpare)
        {
            hasSpare = false;
            return spare;
        }
        var (a, b, c, d) = Philox(block++, epoch, sampleLow, streamHigh, key0, key1);
        spare = ((ulong)d << 32) | c;
        hasSpare = true;
        return ((ulong)b << 32) | a;
    }

    /// <summary>Uniform in [0, 1), in steps of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform among 0..n-1, without bias (Lemire 2019).</summary>
    public int NextInt(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ulong unfair = (0UL - (ulong)n) % (ulong)n;
        while (true)
        {
            ulong high = Math.BigMul(NextUInt64(), (ulong)n, out ulong low);
            if (low >= unfair) return (int)high;
        }
    }

    /// <summary>Ten rounds over a counter of four words and a key of two.</summary>
    internal static (uint, uint, uint, uint) Philox(uint a, uint b, uint c, uint d, uint key0, uint key1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * a, product1 = (ulong)Multiplier1 * c;
            (a, b, c, d) = ((uint)(product1 >> 32) ^ b ^ key0, (uint)product1, (uint)(product0 >> 32) ^ d ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (a, b, c, d);
    }
}
