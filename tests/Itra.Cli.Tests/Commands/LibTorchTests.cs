using System.Text;

namespace Itra.Cli.Tests.Commands;

public sealed class LibTorchTests : IDisposable
{
    private readonly ItraProgram itra = new();

    [Fact]
    public void The_doctor_says_where_libtorch_is_and_why_there_is_no_gpu()
    {
        var told = itra.Run("doctor").Output;
        Assert.Contains($"libtorch is used from {Path.Combine(AppContext.BaseDirectory, "libtorch")}", told, StringComparison.Ordinal);
        Assert.Contains("trainings run on ", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_libtorch_that_is_none_is_found_by_the_doctor()
    {
        var outcome = itra.RunWith(new Dictionary<string, string> { ["ITRA_LIBTORCH"] = itra.Home }, "doctor");
        Assert.Equal(ExitCode.Failed, outcome.ExitCode);
        Assert.Contains("there is no libtorch_cpu.so in it", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("unset ITRA_LIBTORCH", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_another_libtorch_that_does_not_fit_what_needs_torch_is_refused_in_a_line()
    {
        var folder = Directory.CreateDirectory(Path.Combine(itra.Home, "torch", "lib")).FullName;
        File.WriteAllText(Path.Combine(folder, "libtorch_cpu.so"), "");
        File.WriteAllText(Path.Combine(itra.Home, "torch", "version.py"), "__version__ = '1.13.0a0'\n");
        var weights = Path.Combine(itra.Home, "weights.safetensors");
        var header = """{"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""";
        File.WriteAllBytes(weights, [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), 0, 0, 0, 0]);
        var outcome = itra.RunWith(new Dictionary<string, string> { ["ITRA_LIBTORCH"] = folder }, "models", "export", weights, Path.Combine(itra.Home, "out.safetensors"));
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Equal($"itra: ITRA_LIBTORCH={folder}: that is libtorch 1.13.0a0, and Itra's binding works with 2.10 and 2.11: install one of these, or leave the variable out", outcome.Error.TrimEnd());
    }

    public void Dispose() => itra.Dispose();
}
