using System.Text.RegularExpressions;

namespace Itra.Architecture.Tests;

/// <summary>A tensor that is made without a device is on the host, and a GPU's operations refuse it: who makes one says where.</summary>
public partial class DeviceTests
{
    [Fact]
    public void Nobody_makes_a_tensor_without_saying_on_which_device() =>
        Offences.AreNone(
            from file in Repository.Sources("src/Itra.Trainer")
            from offence in Offending(Repository.Read(file))
            select $"{file}: {offence}");

    [Theory]
    [InlineData("var x = zeros(3);")]
    [InlineData("var x = torch.zeros([3], ScalarType.Float32);")]
    [InlineData("return index_select(0, tensor(rows.Select(r => (long)r).ToArray()));")]
    public void A_tensor_without_a_device_is_found(string line) => Assert.Single(Offending(line));

    [Theory]
    [InlineData("var x = zeros([3], ScalarType.Float32, CPU);")]
    [InlineData("var x = tensor((float)Updates, device: parameters.Data.device);")]
    [InlineData("var x = empty(shape, rows.dtype, rows.device);")]
    [InlineData("var x = zeros_like(y);")]
    [InlineData("/// <summary>zeros(3)</summary>")]
    [InlineData("private static Tensor Ones(Tensor t)")]
    public void What_names_one_is_not(string line) => Assert.Empty(Offending(line));

    private static IEnumerable<string> Offending(string source) =>
        from line in source.Split('\n')
        where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
        from Match made in Factory().Matches(line)
        let call = Call(line, made.Index + made.Length)
        where !Device().IsMatch(call)
        select made.Value + call;

    /// <summary>Up to the parenthesis that closes it, or the end of the line.</summary>
    private static string Call(string line, int start)
    {
        var depth = 1;
        for (var i = start; i < line.Length; i++)
        {
            depth += line[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0) return line[start..(i + 1)];
        }
        return line[start..];
    }

    [GeneratedRegex(@"(?<![\w.]|Tensor )(torch\.)?(zeros|ones|empty|full|tensor|arange|linspace|eye|rand|randn|randint|randperm|logspace|from_array|as_tensor)\(")]
    private static partial Regex Factory();

    [GeneratedRegex(@"\b(device|[Dd]evice:|CPU|Device)\b")]
    private static partial Regex Device();
}
