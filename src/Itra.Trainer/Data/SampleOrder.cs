namespace Itra.Trainer.Data;

/// <summary>Which sample stands where in an epoch; a function of the seed and the epoch alone.</summary>
internal static class SampleOrder
{
    /// <summary>Every one of n samples once (Fisher-Yates).</summary>
    public static int[] Permutation(ulong seed, long epoch, int n)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        var random = CounterRandom.For(seed, epoch, 0, Purpose.Order);
        for (int i = n - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>
    /// <paramref name="size"/> draws with replacement from all n samples. (ITRA draws from the first <paramref name="size"/> samples
    /// only unless told the size of the set, which its guide does not mean.)
    /// </summary>
    public static int[] Episode(ulong seed, long epoch, int n, int size)
    {
        var order = new int[size];
        var random = CounterRandom.For(seed, epoch, 0, Purpose.Episode);
        for (int i = 0; i < size; i++) order[i] = random.NextInt(n);
        return order;
    }
}
