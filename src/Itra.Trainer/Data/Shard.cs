namespace Itra.Trainer.Data;

/// <summary>What one of several processes does of a sequence: every <see cref="Count"/>-th item from its own number on.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Count">How many share the sequence.</param>
internal readonly record struct Shard(int Index, int Count)
{
    /// <summary>Nobody shares it.</summary>
    public static readonly Shard All = new(0, 1);

    /// <summary>How many of so many items are this one's.</summary>
    public int Of(int items) => (items - Index + Count - 1) / Count;

    /// <summary>Where in the sequence the i-th of its own items stands.</summary>
    public int At(int i) => Index + i * Count;

    /// <summary>Its own of some items.</summary>
    public IEnumerable<T> Of<T>(IEnumerable<T> items)
    {
        var (index, count) = (Index, Count);
        return items.Where((_, i) => i % count == index);
    }
}
