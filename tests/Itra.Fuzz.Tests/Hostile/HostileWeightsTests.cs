using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Itra.Domain;
using Itra.Trainer.Models;
using static Itra.Trainer.Tests.Models.HostileArchive;

namespace Itra.Fuzz.Tests.Hostile;

[Trait("Category", "Fuzz")]
public sealed class HostileWeightsTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "exec")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.__torch__", "Node")]
    [InlineData("numpy.testing", "runstring")]
    public void Code_is_refused_by_name_in_either_way_to_name_it_and_not_run(string module, string name)
    {
        var trace = Path.Combine(scratch.Path, "owned");
        Refused(Around(Pickle(PickleOp.Global, $"{module}\n{name}\n", Text("touch " + trace), PickleOp.Tuple1, PickleOp.Reduce)), $"{module}.{name}");
        Refused(Around(Pickle(Text(module), Text(name), PickleOp.StackGlobal, Text("touch " + trace), PickleOp.Tuple1, PickleOp.Reduce)), $"{module}.{name}");
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public void Values_ten_thousand_deep_do_no_harm()
    {
        var lists = string.Concat(Enumerable.Repeat("]", 10_000)) + string.Concat(Enumerable.Repeat("a", 9_999));
        var tuples = ")" + string.Concat(Enumerable.Repeat("\u0085", 10_000));
        var pickle = TensorPickle([4], [1])[..^1];
        byte[] deep = [.. pickle, .. Text("lists"), .. Encoding.Latin1.GetBytes(lists), (byte)PickleOp.SetItem, .. Text("tuples"), .. Encoding.Latin1.GetBytes(tuples), (byte)PickleOp.SetItem, (byte)PickleOp.Stop];
        using var file = WeightFile.Open(scratch.File("a.pt", Around(deep)));
        Assert.Equal(["t"], file.Tensors.Select(t => t.Name));
        Assert.IsType<List<object?>>(file.Extras["lists"]);
    }

    [Fact]
    public void A_list_that_is_recalled_to_be_copied_again_and_again_is_refused()
    {
        object[] pairs = [.. Enumerable.Range(0, 2000).SelectMany(i => new object[] { Text($"{i:d4}"), PickleOp.None, PickleOp.Tuple2 })];
        object[] copies = [.. Enumerable.Range(0, 2000).SelectMany(_ => new object[] { PickleOp.Global, "collections\nOrderedDict\n", PickleOp.Get, new byte[] { 0 }, PickleOp.Tuple1, PickleOp.Reduce })];
        var content = Around(Pickle([PickleOp.EmptyList, PickleOp.Put, new byte[] { 0 }, PickleOp.Mark, .. pairs, PickleOp.Appends, PickleOp.Mark, .. copies, PickleOp.TupleOfMark]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(content, "unfold");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L * content.Length + (1 << 20));
    }

    [Fact]
    public void A_module_that_doubles_with_every_level_is_refused()
    {
        var pickle = Pickle([PickleOp.Global, "__torch__\nNode\n", PickleOp.EmptyTuple, PickleOp.New, PickleOp.EmptyDict, PickleOp.Build, .. Enumerable.Range(0, 50).SelectMany(level => new object[]
        {
            PickleOp.Put, new[] { (byte)level }, PickleOp.Global, "__torch__\nNode\n", PickleOp.EmptyTuple, PickleOp.New, PickleOp.EmptyDict,
            Text("a"), PickleOp.Get, new[] { (byte)level }, PickleOp.SetItem, Text("b"), PickleOp.Get, new[] { (byte)level }, PickleOp.SetItem, PickleOp.Build,
        })]);
        Refused(Around(pickle), "contain one another");
    }

    [Fact]
    public void One_value_that_an_optimizer_claims_to_be_a_terabyte_is_refused()
    {
        var huge = TensorPickle([1L << 38], [0], elements: 1)[2..^1];
        Refused(Around(Pickle(PickleOp.EmptyDict, Text("optimizer"), huge, PickleOp.SetItem)), "claim far more bytes");
    }

    [Fact]
    public void A_zip_bomb_is_refused_without_unfolding_it()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("a/data.pkl", CompressionLevel.Fastest).Open();
            for (var i = 0; i < 100; i++) entry.Write(new byte[1 << 20]);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(stream.ToArray(), "compressed");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Files_of_an_archive_that_overlap_are_refused()
    {
        var archive = Zip(("a/data.pkl", TensorPickle([4], [1])), ("a/data/0", new byte[16]), ("a/data/1", new byte[16]));
        // The directory's last record points at the file of the one before.
        var last = archive.AsSpan().LastIndexOf("PK\x01\x02"u8);
        var before = archive.AsSpan(0, last).LastIndexOf("PK\x01\x02"u8);
        archive.AsSpan(before + 42, 4).CopyTo(archive.AsSpan(last + 42));
        Refused(archive, "overlap");
    }

    [Theory]
    [InlineData(32, long.MaxValue)]
    [InlineData(32, -1L)]
    [InlineData(40, long.MaxValue)]
    [InlineData(40, -1L)]
    [InlineData(48, long.MaxValue)]
    [InlineData(48, -1L)]
    [InlineData(48, long.MinValue)]
    [InlineData(64, long.MaxValue)]
    [InlineData(64, -1L)]
    public void Lies_of_zip64_are_refused(int field, long lie)
    {
        using var stream = new MemoryStream();
        var zip = new StoredZip(stream, zip64From: 0);
        foreach (var (name, content) in new[] { ("a/data.pkl", TensorPickle([4], [1])), ("a/data/0", new byte[16]) }) zip.Add(name, content.Length, Crc32.HashToUInt32(content), s => s.Write(content));
        zip.Finish();
        var archive = stream.ToArray();
        WeightFile.Open(scratch.File("sound.pt", archive)).Dispose();
        // Count, size and place of the directory in the record; place of the record in the locator behind it.
        var record = archive.AsSpan().LastIndexOf("PK\x06\x06"u8);
        BinaryPrimitives.WriteInt64LittleEndian(archive.AsSpan(record + field), lie);
        Refused(archive, "weights");
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue - 7)]
    [InlineData(1L << 62)]
    public void A_header_of_two_to_the_63_is_refused(long length) => Refused([.. BitConverter.GetBytes(length), .. "{}      "u8], "header");

    [Fact]
    public void A_header_nested_a_hundred_thousand_deep_is_refused() => Refused(SafeTensors(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))), "not JSON");

    [Theory]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "no text")]
    [InlineData("""{"a":{"dtype":"\udfff","shape":[0],"data_offsets":[0,0]}}""", "no text")]
    [InlineData("""{"__metadata__":{"a":"\ud800"}}""", "no text")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "uplicate")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F16","shape":[0],"data_offsets":[0,0]}}""", "uplicate")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "uplicate")]
    public void Half_a_letter_and_a_key_twice_are_refused(string header, string because) => Refused(SafeTensors(header), because);

    [Fact]
    public void More_axes_than_libtorch_has_are_refused() =>
        Refused(SafeTensors($$$"""{"a":{"dtype":"F32","shape":[{{{string.Join(',', Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,4]}}""", 4), "does not fit");

    [Fact]
    public void A_key_that_is_a_number_and_a_text_is_a_damaged_checkpoint()
    {
        var state = Pickle(PickleOp.EmptyDict, Text("1"), PickleOp.None, PickleOp.SetItem, Number(1), PickleOp.None, PickleOp.SetItem)[2..^1];
        byte[] checkpoint =
        [
            0x80, 2, (byte)PickleOp.EmptyDict, .. Text("epoch"), .. Number(1), (byte)PickleOp.SetItem,
            .. Text("state_dict"), .. TensorPickle([4], [1])[2..^1], (byte)PickleOp.SetItem,
            .. Text("optimizer"), (byte)PickleOp.EmptyDict, .. Text("state"), (byte)PickleOp.EmptyDict, .. Number(0), .. state, (byte)PickleOp.SetItem, (byte)PickleOp.SetItem,
            .. Text("param_groups"), (byte)PickleOp.EmptyList, (byte)PickleOp.SetItem, (byte)PickleOp.SetItem, (byte)PickleOp.Stop,
        ];
        var path = scratch.File("a.pt", Around(checkpoint));
        Assert.Contains("a key twice", Assert.Throws<UserErrorException>(() => SavedCheckpoint.Open(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] SafeTensors(string header, int bytes = 0) => [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. new byte[bytes]];

    private void Refused(byte[] content, string because)
    {
        var path = scratch.File("a.pt", content);
        var refusal = Assert.Throws<UserErrorException>(() => WeightFile.Open(path).Dispose());
        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
        Refusal.Of(refusal, path);
    }
}
