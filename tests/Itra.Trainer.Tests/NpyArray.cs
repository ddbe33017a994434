using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Itra.Trainer.Tests;

/// <summary>A NumPy v1 file: little endian, C order, float32 or int64.</summary>
internal sealed record NpyArray(long[] Shape, string Type, byte[] Bytes)
{
    public ReadOnlySpan<float> Floats => As<float>("<f4");

    public ReadOnlySpan<long> Longs => As<long>("<i8");

    public static NpyArray Read(string path)
    {
        var file = File.ReadAllBytes(path);
        Assert.Equal("\u0093NUMPY\u0001", Encoding.Latin1.GetString(file, 0, 7));
        int headerLength = BitConverter.ToUInt16(file, 8);
        var header = Encoding.Latin1.GetString(file, 10, headerLength);
        Assert.Contains("'fortran_order': False", header, StringComparison.Ordinal);

        var type = Regex.Match(header, "'descr': '([^']+)'").Groups[1].Value;
        var shape = Regex.Match(header, @"'shape': \(([^)]*)\)").Groups[1].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(long.Parse);
        return new NpyArray([.. shape], type, file[(10 + headerLength)..]);
    }

    private ReadOnlySpan<T> As<T>(string type) where T : unmanaged
    {
        Assert.Equal(type, Type);
        var values = MemoryMarshal.Cast<byte, T>(Bytes);
        Assert.Equal(Shape.Aggregate(1L, (product, n) => product * n), values.Length);
        return values;
    }
}
