using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>
/// Writes a tree as a pickle of protocol 2, the one torch.save uses. <c>OrderedDictionary</c> becomes collections.OrderedDict,
/// other dictionaries dict, arrays and value tuples tuple, other lists list; numbers, text, bool, null and tensors are themselves.
/// </summary>
internal sealed class PickleWriter
{
    private const int Deepest = 64;
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly Dictionary<Tensor, int> storages = new(ReferenceEqualityComparer.Instance);

    /// <summary>The tensors in the order of their storages: the n-th belongs into <c>data/n</c>.</summary>
    public List<Tensor> Tensors { get; } = [];

    /// <exception cref="ArgumentException">The tree holds something that no reader of weights would accept.</exception>
    public byte[] Write(object? tree)
    {
        Put(PickleOp.Protocol, 2);
        Value(tree, 0);
        Put(PickleOp.Stop);
        return output.WrittenSpan.ToArray();
    }

    private void Value(object? value, int depth)
    {
        if (depth > Deepest) throw new ArgumentException("the tree is too deep to be a checkpoint (does it contain itself?)");
        switch (value)
        {
            case null: Put(PickleOp.None); break;
            case bool flag: Put(flag ? PickleOp.True : PickleOp.False); break;
            case int number: Integer(number); break;
            case long number: Integer(number); break;
            case float number: Float(number); break;
            case double number: Float(number); break;
            case string text: Text(text); break;
            case Tensor tensor: WriteTensor(tensor); break;
            case IDictionary items: Dictionary(items, depth + 1); break;
            case Array items: Tuple(items.Cast<object?>(), depth + 1); break;
            case ITuple items: Tuple(Enumerable.Range(0, items.Length).Select(i => items[i]), depth + 1); break;
            case IEnumerable items: List(items, depth + 1); break;
            default: throw new ArgumentException($"a checkpoint cannot hold a {value.GetType()}");
        }
    }

    private void Dictionary(IDictionary items, int depth)
    {
        if (items.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(OrderedDictionary<,>)) EmptyOrderedDict();
        else Put(PickleOp.EmptyDict);
        Put(PickleOp.Mark);
        foreach (DictionaryEntry item in items)
        {
            Value(item.Key, depth);
            Value(item.Value, depth);
        }

        Put(PickleOp.ItemsOfMark);
    }

    private void List(IEnumerable items, int depth)
    {
        Put(PickleOp.EmptyList);
        Put(PickleOp.Mark);
        foreach (var item in items) Value(item, depth);
        Put(PickleOp.Appends);
    }

    private void Tuple(IEnumerable<object?> items, int depth = 0)
    {
        Put(PickleOp.Mark);
        foreach (var item in items) Value(item, depth);
        Put(PickleOp.TupleOfMark);
    }

    // _rebuild_tensor_v2(storage, first element, shape, strides, requires_grad, hooks). A tensor has one storage however often it occurs.
    private void WriteTensor(Tensor tensor)
    {
        var shape = tensor.shape;
        if (storages.TryAdd(tensor, Tensors.Count)) Tensors.Add(tensor);
        Global("torch._utils", "_rebuild_tensor_v2");
        Put(PickleOp.Mark);
        Put(PickleOp.Mark);
        Text("storage");
        Global("torch", PickleGlobals.StorageName(tensor.dtype));
        Text($"{storages[tensor]}");
        Text("cpu");
        Integer(tensor.numel());
        Put(PickleOp.TupleOfMark);
        Put(PickleOp.PersistentId);
        Integer(0);
        Tuple(shape.Cast<object?>());
        Tuple(TensorRef.ContiguousStrides(shape).Cast<object?>());
        Put(PickleOp.False);
        EmptyOrderedDict();
        Put(PickleOp.TupleOfMark);
        Put(PickleOp.Reduce);
    }

    private void EmptyOrderedDict()
    {
        Global("collections", "OrderedDict");
        Put(PickleOp.EmptyTuple);
        Put(PickleOp.Reduce);
    }

    private void Integer(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        if (value == (int)value) Put(PickleOp.FourBytes, bytes[..4]);
        else Put(PickleOp.Long, [8, .. bytes]);
    }

    private void Float(double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        Put(PickleOp.Float, bytes);
    }

    private void Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Put(PickleOp.Text, BitConverter.GetBytes(bytes.Length));
        output.Write(bytes);
    }

    private void Global(string module, string name) => Put(PickleOp.Global, Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

    private void Put(PickleOp op, params ReadOnlySpan<byte> operand)
    {
        output.Write([(byte)op]);
        output.Write(operand);
    }
}
