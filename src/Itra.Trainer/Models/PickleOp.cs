namespace Itra.Trainer.Models;

/// <summary>The pickle instructions that weights use (Python's pickletools has the whole list and their exact meaning).</summary>
internal enum PickleOp : byte
{
    Mark = (byte)'(', Stop = (byte)'.', Drop = (byte)'0', PopMark = (byte)'1', Duplicate = (byte)'2',
    Protocol = 0x80, Frame = 0x95,
    None = (byte)'N', True = 0x88, False = 0x89,
    OneByte = (byte)'K', TwoBytes = (byte)'M', FourBytes = (byte)'J', Long = 0x8a, Float = (byte)'G',
    Text = (byte)'X', ShortText = 0x8c, Bytes = (byte)'B', ShortBytes = (byte)'C',
    EmptyList = (byte)']', Append = (byte)'a', Appends = (byte)'e',
    EmptyDict = (byte)'}', SetItem = (byte)'s', ItemsOfMark = (byte)'u',
    EmptyTuple = (byte)')', TupleOfMark = (byte)'t', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87,
    Put = (byte)'q', LongPut = (byte)'r', Memoize = 0x94, Get = (byte)'h', LongGet = (byte)'j',
    Global = (byte)'c', StackGlobal = 0x93, Reduce = (byte)'R', New = 0x81, Build = (byte)'b', PersistentId = (byte)'Q',
}
