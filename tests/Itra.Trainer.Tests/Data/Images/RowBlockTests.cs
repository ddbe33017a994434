using System.Runtime.Intrinsics.X86;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data.Images;

public unsafe class RowBlockTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(96)]
    [InlineData(100)]
    public void Rows_become_columns_and_rows_again(int columns)
    {
        Assert.SkipUnless(Avx2.IsSupported, "this processor has no AVX2");
        var rows = new byte[RowBlock.Rows * columns + 16];
        new Random(columns).NextBytes(rows);
        byte[] turned = new byte[(columns + 16) * RowBlock.Rows], back = new byte[rows.Length];
        fixed (byte* from = rows, between = turned, to = back)
        {
            RowBlock.ToColumns(from, columns, columns, between);
            RowBlock.ToRows(between, columns, to, columns);
        }
        for (var row = 0; row < RowBlock.Rows; row++)
            for (var column = 0; column < columns; column++)
                Assert.Equal(rows[row * columns + column], turned[column * RowBlock.Rows + row]);
        Assert.Equal(rows[..(RowBlock.Rows * columns)], back[..(RowBlock.Rows * columns)]);
        Assert.All(back[(RowBlock.Rows * columns)..], untouched => Assert.Equal(0, untouched));
    }
}
