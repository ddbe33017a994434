using static Itra.Trainer.Models.PickleOp;

namespace Itra.Trainer.Models;

/// <summary>
/// Reads the values of a pickle (protocols 2 to 4, as torch.save and TorchScript write them). It knows plain containers, numbers,
/// text and tensors; whatever else a pickle names is refused, and nothing it names is ever run.
/// </summary>
/// <param name="input">The pickle.</param>
/// <param name="globals">What the named functions build.</param>
/// <param name="persistent">Resolves a persistent id, which in these files is a tensor's storage.</param>
internal sealed class PickleReader(ByteReader input, PickleGlobals globals, Func<object?, object?> persistent)
{
    private static readonly object Mark = new();
    private readonly List<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];

    /// <exception cref="Domain.UserErrorException">The pickle is damaged, or names something that weights do not need.</exception>
    public object? Read()
    {
        while (true)
        {
            var op = (PickleOp)input.U8();
            if (op == Stop) return Pop();
            Step(op);
        }
    }

    private void Step(PickleOp op)
    {
        switch (op)
        {
            case Protocol: input.Take(1); break;
            case Frame: input.Take(8); break;
            case PickleOp.Mark: Push(Mark); break;
            case None: Push(null); break;
            case True: Push(true); break;
            case False: Push(false); break;
            case OneByte: Push((long)input.U8()); break;
            case TwoBytes: Push((long)input.U16()); break;
            case FourBytes: Push((long)input.I32()); break;
            case Long: Push(Integer(input.Take(input.U8()))); break;
            case Float: Push(input.BigEndianDouble()); break;
            case ShortText: Push(input.Text(input.U8())); break;
            case Text: Push(input.Text(input.U32())); break;
            case ShortBytes: Push(input.Take(input.U8()).ToArray()); break;
            case Bytes: Push(input.Take(input.U32()).ToArray()); break;
            case EmptyList: Push(new List<object?>()); break;
            case EmptyDict: Push(new Dictionary<object, object?>()); break;
            case EmptyTuple: Push(Array.Empty<object?>()); break;
            case TupleOfMark: Push(PopToMark()); break;
            case Tuple1: Push(PopMany(1)); break;
            case Tuple2: Push(PopMany(2)); break;
            case Tuple3: Push(PopMany(3)); break;
            case Append: Extend(PopMany(1)); break;
            case Appends: Extend(PopToMark()); break;
            case SetItem: SetItems(PopMany(2)); break;
            case ItemsOfMark: SetItems(PopToMark()); break;
            case Drop: Pop(); break;
            case PopMark: PopToMark(); break;
            case Duplicate: Push(Peek()); break;
            case Put: memo[input.U8()] = Peek(); break;
            case LongPut: memo[input.U32()] = Peek(); break;
            case Memoize: memo[memo.Count] = Peek(); break;
            case Get: Push(Recall(input.U8())); break;
            case LongGet: Push(Recall(input.U32())); break;
            case Global: Push(globals.Name(input.Line(), input.Line())); break;
            case StackGlobal: Push(NamedOnStack(PopMany(2))); break;
            case PersistentId: Push(persistent(Pop())); break;
            case Reduce: Push(Call(PopMany(2))); break;
            case New: Push(Create(PopMany(2))); break;
            case Build: { var state = Pop(); globals.SetState(Peek(), state); break; }
            default: throw input.Broken($"uses the instruction 0x{(byte)op:x2}, which weights do not need");
        }
    }

    private void Push(object? value) => stack.Add(value);

    private object? Peek() => stack.Count > 0 && stack[^1] != Mark ? stack[^1] : throw input.Broken("takes a value that is not there");

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count)
    {
        if (stack.Count < count) throw input.Broken("takes a value that is not there");
        var values = stack.GetRange(stack.Count - count, count).ToArray();
        stack.RemoveRange(stack.Count - count, count);
        return values.Contains(Mark) ? throw input.Broken("takes a value that is not there") : values;
    }

    private object?[] PopToMark()
    {
        var mark = stack.LastIndexOf(Mark);
        if (mark < 0) throw input.Broken("closes a group that was not opened");
        var values = stack.GetRange(mark + 1, stack.Count - mark - 1).ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    private object? Recall(long slot) => memo.TryGetValue(slot, out var value) ? value : throw input.Broken("recalls a value it never kept");

    private void Extend(object?[] values)
    {
        if (Peek() is not List<object?> list) throw input.Broken("appends to something that is not a list");
        list.AddRange(values);
    }

    private void SetItems(object?[] values)
    {
        if (Peek() is not IDictionary<object, object?> items || values.Length % 2 != 0) throw input.Broken("sets items of something that is not a dict");
        for (var i = 0; i < values.Length; i += 2)
            items[values[i] is string or long or bool ? values[i]! : throw input.Broken("has a key that is neither text nor a number")] = values[i + 1];
    }

    private PickleGlobal NamedOnStack(object?[] names) => names is [string module, string name]
        ? globals.Name(module, name)
        : throw input.Broken("names a function by something that is not text");

    private object? Call(object?[] call) => call is [PickleGlobal function, object?[] arguments]
        ? globals.Call(function, arguments)
        : throw input.Broken("calls something that is not a function");

    private object Create(object?[] call) => call is [PickleGlobal type, object?[]]
        ? globals.Create(type)
        : throw input.Broken("creates something that is not a class");

    private long Integer(ReadOnlySpan<byte> littleEndian)
    {
        if (littleEndian.Length > 8) throw input.Broken("holds a whole number of more than 64 bits");
        long value = littleEndian.Length > 0 && (littleEndian[^1] & 0x80) != 0 ? -1 : 0;
        for (var i = littleEndian.Length - 1; i >= 0; i--) value = (value << 8) | littleEndian[i];
        return value;
    }
}
