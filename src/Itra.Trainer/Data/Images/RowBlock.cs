using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Itra.Trainer.Data.Images;

/// <summary>
/// Turns blocks of 32 rows of bytes, so that the 32 values of a column lie side by side: what is done to every row in the same way can
/// then be done to whole vectors. Needs AVX2.
/// </summary>
internal static unsafe class RowBlock
{
    public const int Rows = 32;

    /// <summary>Columns that are turned at once.</summary>
    public const int Columns = 16;

    private const int Length = Rows * Columns;

    /// <summary>32 rows to columns of 32 bytes each. Reads up to 15 bytes behind a row, and writes as many columns more.</summary>
    public static void ToColumns(byte* rows, int pitch, int columns, byte* target)
    {
        byte* from = stackalloc byte[Length], between = stackalloc byte[Length];
        for (var column = 0; column < columns; column += Columns, target += Length)
        {
            var row = rows + column;
            for (var i = 0; i < Columns; i++, row += pitch)
                Vector256.Create(Vector128.Load(row), Vector128.Load(row + Columns * (long)pitch)).Store(from + i * Rows);
            Turn(from, between, target);
        }
    }

    /// <summary>The way back, of at least 16 columns; writes nothing else.</summary>
    public static void ToRows(byte* source, int columns, byte* rows, int pitch)
    {
        byte* turned = stackalloc byte[Length], between = stackalloc byte[Length];
        for (var next = 0; next < columns; next += Columns)
        {
            var column = Math.Min(next, columns - Columns);             // the last may overlap the one before
            Turn(source + column * Rows, between, turned);
            var row = rows + column;
            for (var i = 0; i < Columns; i++, row += pitch)
            {
                Vector128.Load(turned + i * Rows).Store(row);
                Vector128.Load(turned + i * Rows + Columns).Store(row + Columns * (long)pitch);
            }
        }
    }

    /// <summary>
    /// 16 vectors, whose halves are turned as 16 x 16 bytes each. Interleaving vectors i and i + 8 to 2i and 2i + 1 moves one bit of the
    /// row's number into the column's; four times is a full turn.
    /// </summary>
    private static void Turn(byte* from, byte* between, byte* to)
    {
        Interleave(from, between);
        Interleave(between, to);
        Interleave(to, between);
        Interleave(between, to);
    }

    private static void Interleave(byte* from, byte* to)
    {
        Pair(from, to, 0);
        Pair(from, to, 1);
        Pair(from, to, 2);
        Pair(from, to, 3);
        Pair(from, to, 4);
        Pair(from, to, 5);
        Pair(from, to, 6);
        Pair(from, to, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(byte* from, byte* to, int i)
    {
        Vector256<byte> first = Vector256.Load(from + i * Rows), second = Vector256.Load(from + (i + Columns / 2) * Rows);
        Avx2.UnpackLow(first, second).Store(to + 2 * i * Rows);
        Avx2.UnpackHigh(first, second).Store(to + (2 * i + 1) * Rows);
    }
}
