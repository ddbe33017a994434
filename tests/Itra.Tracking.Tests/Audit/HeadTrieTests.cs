using System.Security.Cryptography;
using System.Text;
using Itra.Tracking.Audit;

namespace Itra.Tracking.Tests.Audit;

public class HeadTrieTests
{
    [Fact]
    public void The_root_depends_on_the_set_and_not_on_how_it_came_about()
    {
        var random = new Random(3);
        var heads = Enumerable.Range(0, 300).Select(i => (Id: $"run-{i}", Version: (long)random.Next(1, 50), Hash: SHA256.HashData([(byte)i, (byte)(i >> 8)]))).ToArray();
        var once = Of(heads);

        var moved = new HeadTrie();
        foreach (var (id, version, hash) in heads) moved.Set(id, version + 1, SHA256.HashData(hash));
        moved.Root();
        random.Shuffle(heads);
        foreach (var (id, version, hash) in heads)
        {
            moved.Set(id, version, hash);
            if (random.Next(4) == 0) moved.Root();
        }
        Assert.Equal(once.Root(), moved.Root());
        Assert.Equal((300, heads.Sum(h => h.Version)), (moved.Streams, moved.Events));
    }

    [Fact]
    public void The_root_is_what_the_document_says()
    {
        byte[] Leaf(string id, byte version, byte[] hash) => SHA256.HashData([0, .. SHA256.HashData(Encoding.UTF8.GetBytes(id)), 0, 0, 0, 0, 0, 0, 0, version, .. hash]);
        var (one, other) = (SHA256.HashData("1"u8), SHA256.HashData("2"u8));
        Assert.Equal(new byte[32], new HeadTrie().Root());
        Assert.Equal(Leaf("run-a", 7, one), Of(("run-a", 7, one)).Root());
        // The keys' first bits tell which is left.
        var leaves = new[] { ("run-a", Leaf("run-a", 7, one)), ("run-b", Leaf("run-b", 2, other)) }.OrderBy(l => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(l.Item1)))).ToArray();
        Assert.Equal(SHA256.HashData([1, .. leaves[0].Item2, .. leaves[1].Item2]), Of(("run-a", 7, one), ("run-b", 2, other)).Root());
    }

    [Fact]
    public void Any_difference_gives_another_root()
    {
        (string, long, byte[])[] heads = [.. Enumerable.Range(0, 20).Select(i => ($"run-{i}", (long)i, SHA256.HashData([(byte)i])))];
        var roots = new HashSet<string> { Hex(heads) };
        for (var i = 0; i < heads.Length; i++)
        {
            var (id, version, hash) = heads[i];
            Assert.True(roots.Add(Hex([.. heads[..i], .. heads[(i + 1)..]])), "one is missing");
            Assert.True(roots.Add(Hex([.. heads[..i], (id, version + 1, hash), .. heads[(i + 1)..]])), "another version");
            Assert.True(roots.Add(Hex([.. heads[..i], (id, version, SHA256.HashData(hash)), .. heads[(i + 1)..]])), "another hash");
            Assert.True(roots.Add(Hex([.. heads[..i], (id + "x", version, hash), .. heads[(i + 1)..]])), "another stream");
        }
    }

    private static string Hex((string, long, byte[])[] heads) => Convert.ToHexString(Of(heads).Root());

    private static HeadTrie Of(params (string Id, long Version, byte[] Hash)[] heads)
    {
        var trie = new HeadTrie();
        foreach (var (id, version, hash) in heads) trie.Set(id, version, hash);
        return trie;
    }
}
