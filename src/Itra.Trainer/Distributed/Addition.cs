using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>Adds up what lies in host memory, element by element.</summary>
internal abstract unsafe class Addition
{
    /// <exception cref="ArgumentException">Elements of this type are not added up.</exception>
    public static Addition Of(ScalarType type) => type switch
    {
        ScalarType.Float32 => new Elements<float>(),
        ScalarType.Float64 => new Elements<double>(),
        ScalarType.Int64 => new Elements<long>(),
        _ => throw new ArgumentException($"{type} is not summed over processes", nameof(type)),
    };

    /// <summary>sum += other; both are a whole number of elements.</summary>
    public abstract void To(byte* sum, byte* other, long bytes);

    private sealed class Elements<T> : Addition where T : unmanaged, INumber<T>
    {
        public override void To(byte* sum, byte* other, long bytes)
        {
            var count = (int)(bytes / sizeof(T));
            var target = new Span<T>(sum, count);
            var more = new ReadOnlySpan<T>(other, count);
            var targets = MemoryMarshal.Cast<T, Vector<T>>(target);
            var mores = MemoryMarshal.Cast<T, Vector<T>>(more);
            for (var i = 0; i < targets.Length; i++) targets[i] += mores[i];
            for (var i = targets.Length * Vector<T>.Count; i < target.Length; i++) target[i] += more[i];
        }
    }
}
