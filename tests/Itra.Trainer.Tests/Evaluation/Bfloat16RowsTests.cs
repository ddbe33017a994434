using Itra.Trainer.Evaluation;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public sealed class Bfloat16RowsTests
{
    [Fact]
    public void Rows_are_rounded_as_libtorch_rounds_and_widened_again()
    {
        using var scope = NewDisposeScope();
        var (random, row) = (new Random(1), new float[1003]);
        for (var i = 0; i < row.Length; i++) row[i] = (float)(random.NextDouble() - 0.5) * MathF.Pow(10, random.Next(-30, 30));
        row[5] = 1 + MathF.ScaleB(1, -8); // Halfway between two: to the even one.
        row[6] = 1 + 3 * MathF.ScaleB(1, -8);
        var rounded = new ushort[row.Length];
        Bfloat16Rows.Round(row, rounded);
        var expected = tensor(row).to_type(ScalarType.BFloat16);
        Assert.Equal(TensorMemory.Bfloats(expected).ToArray(), rounded);

        var wide = new float[row.Length];
        Bfloat16Rows.Widen(rounded, wide);
        Assert.Equal(TensorMemory.Floats(expected.to_type(ScalarType.Float32)).ToArray(), wide);
    }

    [Fact]
    public void Lengths_are_a_thousandth_above_the_true_ones_at_most()
    {
        var random = new Random(2);
        float[] row = [.. Enumerable.Range(0, 999).Select(_ => (float)(random.NextDouble() - 0.5))];
        var rounded = new ushort[row.Length];
        var wide = new float[row.Length];
        var (length, error) = Bfloat16Rows.Round(row, rounded);
        Bfloat16Rows.Widen(rounded, wide);
        var trueLength = Math.Sqrt(row.Sum(v => (double)v * v));
        var trueError = Math.Sqrt(row.Zip(wide, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
        Assert.InRange(length, trueLength, 1.002 * trueLength);
        Assert.InRange(error, trueError, 1.002 * trueError);
        Assert.True(Bfloat16Rows.Round([1e-30f, 2e-30f], rounded).Length >= 2e-30);
        Assert.Equal((double.NaN, double.NaN), Bfloat16Rows.Round([1, float.NaN], rounded));
    }

    [Theory]
    [InlineData(1.0, 1.0, 1.0)]
    [InlineData(1.001, 1.0, 1.0078125)]
    [InlineData(-1.001, -1.0078125, -1.0)]
    [InlineData(0, 0, 0)]
    [InlineData(1e-300, 0, 9.183549615799121e-41)]
    [InlineData(-1e-300, -9.183549615799121e-41, 0)]
    public void A_value_lies_between_its_floor_and_its_ceiling(double value, double floor, double ceiling)
    {
        Assert.Equal((float)floor, Bfloat16Rows.Floor(value));
        Assert.Equal((float)ceiling, Bfloat16Rows.Ceiling(value));
    }
}
