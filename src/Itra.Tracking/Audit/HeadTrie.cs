using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Itra.Tracking.Audit;

/// <summary>
/// The ends of all chains under one hash, which depends on nothing but the set of them. A binary tree over SHA-256 of the stream's id,
/// bit by bit, with a node only where two keys part: a leaf is SHA-256(0 | key | version as big-endian int64 | hash), a node
/// SHA-256(1 | left | right), nothing at all 32 zeros. A changed end costs one path, not the tree.
/// </summary>
internal sealed class HeadTrie
{
    private Node? root;

    /// <summary>Streams so far.</summary>
    public long Streams { get; private set; }

    /// <summary>Sum of their versions.</summary>
    public long Events { get; private set; }

    /// <summary>Adds a stream, or moves its end.</summary>
    /// <param name="hash">32 bytes.</param>
    public void Set(string streamId, long version, byte[] hash)
    {
        var leaf = new Node { Key = SHA256.HashData(Encoding.UTF8.GetBytes(streamId)), Version = version, Value = hash };
        Events += version;
        if (root is null)
        {
            (root, Streams) = (leaf, 1);
            return;
        }
        var near = root;
        while (near.Key is null) near = near.Child(leaf.Key)!;
        var bit = FirstDifference(near.Key, leaf.Key);
        ref var place = ref root;
        while (place!.Key is null && place.Bit < bit)
        {
            place.Hash = null;
            place = ref place.Child(leaf.Key);
        }
        if (bit == int.MaxValue)
        {
            Events -= place.Version;
            place = leaf;
            return;
        }
        Streams++;
        var (left, right) = Node.IsSet(leaf.Key, bit) ? (place, leaf) : (leaf, place);
        place = new Node { Bit = bit, Left = left, Right = right };
    }

    /// <summary>The hash over all of it.</summary>
    public byte[] Root() => root is null ? new byte[SHA256.HashSizeInBytes] : HashOf(root);

    private static byte[] HashOf(Node node)
    {
        if (node.Hash is { } known) return known;
        return node.Hash = node.Key is { } key ? LeafOf(key, node.Version, node.Value!) : SHA256.HashData([1, .. HashOf(node.Left!), .. HashOf(node.Right!)]);
    }

    private static byte[] LeafOf(byte[] key, long version, byte[] value)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, version);
        return SHA256.HashData([0, .. key, .. number, .. value]);
    }

    private static int FirstDifference(byte[] a, byte[] b)
    {
        var at = a.AsSpan().CommonPrefixLength(b);
        return at == a.Length ? int.MaxValue : 8 * at + BitOperations.LeadingZeroCount((uint)(a[at] ^ b[at])) - 24;
    }

    /// <summary>A leaf if it has a key, else the place where the keys below it part.</summary>
    private sealed class Node
    {
        public byte[]? Hash, Key, Value;
        public long Version;
        public int Bit;
        public Node? Left, Right;

        public ref Node? Child(byte[] key) => ref IsSet(key, Bit) ? ref Right : ref Left;

        public static bool IsSet(byte[] key, int bit) => (key[bit >> 3] >> (7 - (bit & 7)) & 1) == 1;
    }
}
