using Itra.Domain;
using Itra.Trainer.Models;
using static Itra.Trainer.Tests.Models.HostileArchive;

namespace Itra.Fuzz.Tests.Weights;

/// <summary>The pickle alone: a change of its length does not hit upon the archive around it.</summary>
internal sealed class PickleParser : IParser
{
    /// <summary>Most of what the reader knows, once.</summary>
    public static readonly byte[] Module = Pickle(
        PickleOp.Global, "__torch__\nNode\n", PickleOp.EmptyTuple, PickleOp.New, PickleOp.Put, new byte[] { 0 }, PickleOp.EmptyDict,
        Text("w"), PickleOp.Global, "torch._utils\n_rebuild_tensor_v2\n", PickleOp.Mark, PickleOp.Mark, Text("storage"), PickleOp.Global, "torch\nFloatStorage\n", Text("0"), Text("cpu"), Number(4), PickleOp.TupleOfMark,
        PickleOp.PersistentId, Number(0), Number(2), PickleOp.Tuple1, Number(1), PickleOp.Tuple1, PickleOp.False, PickleOp.None, PickleOp.TupleOfMark, PickleOp.Reduce, PickleOp.SetItem,
        Text("o"), PickleOp.Global, "collections\nOrderedDict\n", PickleOp.EmptyList, PickleOp.Mark, Text("k"), PickleOp.Float, new byte[8], PickleOp.Tuple2, PickleOp.Appends, PickleOp.Tuple1, PickleOp.Reduce, PickleOp.SetItem,
        PickleOp.Build);

    public static readonly IReadOnlyList<string> Instructions =
    [
        "}", "]", ")", "(", ".", "0", "1", "2", "N", "\x88", "K\x01", "M\xff\xff", "J\xff\xff\xff\x7f", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "G\x7f\xf8\x00\x00\x00\x00\x00\x00", "X\x01\x00\x00\x00k", "\x8c\x01k",
        "B\x01\x00\x00\x00k", "C\x01k", "a", "e", "s", "u", "t", "\x85", "\x86", "\x87", "q\x00", "r\xff\xff\xff\xff", "\x94", "h\x00", "j\x00\x00\x00\x00", "cos\nsystem\n", "cbuiltins\neval\n", "ccollections\nOrderedDict\n",
        "ctorch\nSize\n", "ctorch._utils\n_rebuild_parameter\n", "cnumpy\ndtype\n", "c_codecs\nencode\n", "cnumpy.core.multiarray\nscalar\n", "c__torch__\nNode\n", "ctorch.jit._pickle\nbuild_intlist\n", "\x93", "R", "\x81", "b", "Q",
        "\x8c\x02f8", "\x8c\x06latin1", "h\x00)R", "h\x00h\x00\x85R",
    ];

    public IReadOnlyList<byte[]> Seeds { get; } = [Module, TensorPickle([2, 2], [1, 2]), Pickle(PickleOp.EmptyDict, PickleOp.Mark, Text("epoch"), Number(3), Text("on"), PickleOp.True, Text("t"), Number(1), PickleOp.Tuple1, PickleOp.ItemsOfMark)];

    public IReadOnlyList<string> Tokens => Instructions;

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            using var file = new WeightBytes(path);
            new PickleReader(new ByteReader(file, input, "the pickle"), new PickleGlobals(file), id => Storage(id, file)).Read();
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }

    private static StorageRef Storage(object? id, WeightBytes file) => id is object?[] and ["storage", PickleGlobal kind, string, string, long elements and >= 0 and <= 4] && PickleGlobals.StorageType(kind.Name) is { } type
        ? new StorageRef(type, 0, elements)
        : throw file.Broken("no storage");
}
