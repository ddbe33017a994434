using System.IO.Compression;
using Itra.Domain;
using Itra.Trainer.Models;
using static Itra.Trainer.Tests.Models.HostileArchive;

namespace Itra.Trainer.Tests.Models;

public sealed class HostileTorchFileTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void A_pickle_that_names_code_is_refused_by_that_name() =>
        Refused(Around(Pickle(PickleOp.Global, "os\nsystem\n", Text("touch /tmp/owned"), PickleOp.Tuple1, PickleOp.Reduce)), "os.system");

    [Fact]
    public void A_compiled_module_cannot_be_called() =>
        Refused(Around(Pickle(PickleOp.Global, "__torch__\nNode\n", PickleOp.EmptyTuple, PickleOp.Reduce)), "__torch__.Node");

    public static readonly TheoryData<string, long[], long[], long, long> Views = new()
    {
        { "shape past the end", [5], [1], 0, 4 },
        { "stride past the end", [2, 2], [3, 2], 0, 4 },
        { "offset past the end", [1], [1], 4, 4 },
        { "scalar past the end", [], [], 4, 4 },
        { "negative size", [-1], [1], 0, 4 },
        { "negative stride", [2], [-1], 3, 4 },
        { "negative offset", [1], [1], -1, 4 },
        { "fewer strides than axes", [2, 2], [1], 0, 4 },
        { "product beyond 64 bits", [1L << 62, 1L << 62], [0, 0], 0, 4 },
        { "a zero that hides a product beyond 64 bits", [0, long.MaxValue, long.MaxValue], [0, 0, 0], 0, 4 },
        { "reach beyond 64 bits", [long.MaxValue, long.MaxValue], [long.MaxValue, long.MaxValue], 0, 4 },
        { "one byte seen a billion times", [1L << 30], [0], 0, 4 },
        { "storage longer than its file", [5], [1], 0, 5 },
        { "storage of negative length", [1], [1], 0, -1 },
    };

    [Theory]
    [MemberData(nameof(Views))]
    public void A_tensor_that_leaves_its_storage_is_refused(string why, long[] shape, long[] strides, long first, long elements) =>
        Refused(Around(TensorPickle(shape, strides, first, elements)), why.StartsWith("storage", StringComparison.Ordinal) ? "storage 0" : "tensor");

    [Fact]
    public void Strides_that_stay_inside_are_honoured()
    {
        var storage = new float[] { 0, 1, 2, 3 }.SelectMany(BitConverter.GetBytes).ToArray();
        var path = scratch.File("a.pt", Zip(("a/data.pkl", TensorPickle([2, 2], [1, 2])), ("a/data/0", storage)));
        using var file = WeightFile.Open(path);
        using var tensor = file.Load("t");
        Assert.Equal([0f, 2f, 1f, 3f], tensor.data<float>().ToArray());
    }

    [Fact]
    public void A_storage_that_is_not_there_is_named() => Refused(Around(TensorPickle([1], [1], key: "../../etc/passwd")), "data/../../etc/passwd");

    [Fact]
    public void A_storage_of_an_unknown_class_is_refused() => Refused(Around(TensorPickle([1], [1], kind: "ComplexFloatStorage")), "torch.ComplexFloatStorage");

    public static readonly TheoryData<string, byte[]> Pickles = new()
    {
        { "no stop", [0x80, 2, (byte)'}'] },
        { "empty stack", Pickle(PickleOp.Tuple2) },
        { "mark as a value", Pickle(PickleOp.Mark, PickleOp.Tuple1) },
        { "no mark", Pickle(PickleOp.None, PickleOp.TupleOfMark) },
        { "unknown memo", Pickle(PickleOp.Get, new byte[] { 9 }) },
        { "text longer than the file", Pickle(PickleOp.Text, new byte[] { 0xff, 0xff, 0xff, 0xff }) },
        { "text not UTF-8", Pickle(PickleOp.ShortText, new byte[] { 1, 0xff }) },
        { "integer too wide", Pickle(PickleOp.Long, new byte[] { 9, 1, 1, 1, 1, 1, 1, 1, 1, 1 }) },
        { "list as a key", Pickle(PickleOp.EmptyDict, PickleOp.EmptyList, PickleOp.None, PickleOp.SetItem) },
        { "append to a dict", Pickle(PickleOp.EmptyDict, PickleOp.None, PickleOp.Append) },
        { "line without end", Pickle(PickleOp.Global, "torch") },
        { "unknown instruction", Pickle("i__main__\nX\n") },
        { "state of a list", Pickle(PickleOp.EmptyList, PickleOp.EmptyDict, PickleOp.Build) },
        { "just a number", Pickle(PickleOp.OneByte, new byte[] { 1 }) },
        { "no tensors", Pickle(PickleOp.EmptyDict) },
    };

    [Theory]
    [MemberData(nameof(Pickles))]
    public void A_damaged_pickle_is_one_line(string why, byte[] pickle)
    {
        Assert.NotEmpty(why);
        Refused(Around(pickle), "cannot be used as weights");
    }

    [Fact]
    public void A_module_that_contains_itself_is_refused()
    {
        // One module, kept in the memo, whose attribute "m" is itself.
        var pickle = Pickle(PickleOp.Global, "__torch__\nNode\n", PickleOp.EmptyTuple, PickleOp.New, PickleOp.Put, new byte[] { 0 },
            PickleOp.EmptyDict, Text("m"), PickleOp.Get, new byte[] { 0 }, PickleOp.SetItem, PickleOp.Build);
        Refused(Around(pickle), "contain one another");
    }

    [Fact]
    public void A_compressed_storage_is_refused()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var entry = zip.CreateEntry("a/data.pkl", CompressionLevel.NoCompression).Open()) entry.Write(TensorPickle([4], [1]));
            using (var entry = zip.CreateEntry("a/data/0", CompressionLevel.Optimal).Open()) entry.Write(new byte[1000]);
        }

        Refused(stream.ToArray(), "compressed");
    }

    [Theory]
    [InlineData("../data.pkl")]
    [InlineData("/data.pkl")]
    [InlineData("a/..\\data.pkl")]
    public void A_path_that_leaves_the_archive_is_refused(string name) => Refused(Zip((name, Pickle(PickleOp.EmptyDict))), "leaves the archive");

    [Fact]
    public void A_zip_of_something_else_and_a_name_twice_are_refused()
    {
        Refused(Zip(("word/document.xml", [1])), "no data.pkl");
        Refused(Zip(("a/data.pkl", [1]), ("a/data.pkl", [2])), "twice");
    }

    [Fact]
    public void An_archive_cut_short_anywhere_is_refused_and_one_with_any_byte_changed_never_crashes()
    {
        var whole = Around(TensorPickle([4], [1]));
        for (var length = 0; length < whole.Length; length += 7) Refused(whole[..length], "weights");

        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var value in new byte[] { 0, 0x7f, 0xff })
            {
                var changed = whole.ToArray();
                changed[at] = value;
                OpenOrRefuse(changed);
            }
        }
    }

    // Either outcome is right, another kind of exception is not.
    private void OpenOrRefuse(byte[] content)
    {
        try
        {
            using var file = WeightFile.Open(scratch.File("a.pt", content));
            foreach (var tensor in file.Tensors) file.Load(tensor.Name).Dispose();
        }
        catch (UserErrorException e)
        {
            Assert.Contains("a.pt", e.Message, StringComparison.Ordinal);
        }
    }

    private void Refused(byte[] content, string because)
    {
        var path = scratch.File("a.pt", content);
        var error = Assert.Throws<UserErrorException>(() => WeightFile.Open(path).Dispose());
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
