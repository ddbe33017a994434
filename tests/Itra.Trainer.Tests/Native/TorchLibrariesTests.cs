using System.Diagnostics;
using Itra.Domain;
using Itra.Trainer.Native;
using Itra.Trainer.Tests.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Native;

public sealed class TorchLibrariesTests : IDisposable
{
    private static readonly string Own = Path.Combine(AppContext.BaseDirectory, "libtorch"), Binding = Path.Combine(Own, "libLibTorchSharp.so");

    private readonly ScratchFolder scratch = new();

    [Fact]
    public void One_libtorch_is_loaded_and_it_is_that_of_the_folder_in_use()
    {
        Assert.Equal(12, ones(3, 4).sum().item<float>());
        var mapped = File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).Where(path => Path.GetFileName(path).StartsWith("libtorch", StringComparison.Ordinal) || Path.GetFileName(path).StartsWith("libc10", StringComparison.Ordinal)).Distinct().Order().ToList();
        Assert.Equal(TorchLibraries.Folder.Libraries.Select(Real).Order(), mapped);
    }

    [Fact]
    public void Another_folder_s_libtorch_takes_the_place_of_our_own()
    {
        foreach (var library in Directory.GetFiles(Own).Where(f => Path.GetFileName(f) != Path.GetFileName(Binding))) File.Copy(Real(library), scratch.File(Path.GetFileName(library)));
        var start = new ProcessStartInfo(Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(TorchLibrariesTests).Assembly.Location] : [])
        {
            RedirectStandardOutput = true,
            Environment = { [TorchLibraries.Variable] = scratch.Path },
        };
        foreach (var argument in new[] { "-method", $"{typeof(TorchLibrariesTests).FullName}.{nameof(One_libtorch_is_loaded_and_it_is_that_of_the_folder_in_use)}" }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && said.Contains("Total: 1,", StringComparison.Ordinal), said);
    }

    [Fact]
    public void Our_own_libtorch_has_all_that_the_binding_needs()
    {
        Assert.InRange(new ElfSymbols(Binding).Needed.Count, 500, 5000);
        Assert.Empty(TorchFit.Missing(new TorchFolder(Own), Binding));
        TorchFit.Check(new TorchFolder(Own), Binding, "own");
    }

    [Fact]
    public void A_libtorch_that_lacks_functions_is_refused_with_their_names()
    {
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so" }) File.Copy(Real(Path.Combine(Own, "libc10.so")), scratch.File(name));
        var error = Assert.Throws<UserErrorException>(() => TorchFit.Check(new TorchFolder(scratch.Path), Binding, "ITRA_LIBTORCH=x"));
        Assert.Matches("^ITRA_LIBTORCH=x: that libtorch \\(it does not say which version\\) lacks [0-9]+ functions that Itra's binding for 2.10 calls, first _ZN2at.*: install PyTorch 2.10", error.Message);
    }

    [Theory]
    [InlineData("version.py", "__version__ = '1.13.0a0'\ndebug = False\n", "1.13.0a0")]
    [InlineData("version.py", "from typing import Optional\n__version__: str = '2.1.0+cu121'\n", "2.1.0+cu121")]
    [InlineData("build-version", "2.12.0+cu128\n", "2.12.0+cu128")]
    public void Another_version_is_refused_by_its_number(string file, string content, string version)
    {
        var folder = Directory.CreateDirectory(scratch.File("lib")).FullName;
        File.WriteAllText(scratch.File(file), content);
        File.WriteAllText(Path.Combine(folder, "libtorch_cpu.so"), "");
        var error = Assert.Throws<UserErrorException>(() => TorchFit.Check(TorchFolder.Named(folder, "X"), Binding, "X=there"));
        Assert.Equal($"X=there: that is libtorch {version}, and Itra's binding works with 2.10 and 2.11: install one of these, or leave the variable out", error.Message);
    }

    [Theory]
    [InlineData("2.10.0+cu128")]
    [InlineData("2.11.1")]
    public void A_version_that_fits_is_not_enough(string version)
    {
        var folder = Directory.CreateDirectory(scratch.File("lib")).FullName;
        File.WriteAllText(scratch.File("version.py"), $"__version__ = '{version}'\n");
        File.WriteAllText(Path.Combine(folder, "libtorch_cpu.so"), "no library");
        Assert.Contains("cannot be used as libtorch", Assert.Throws<UserErrorException>(() => TorchFit.Check(TorchFolder.Named(folder, "X"), Binding, "X=there")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_libtorch_is_refused() =>
        Assert.Equal($"X={scratch.Path}: there is no libtorch_cpu.so in it; name the folder of libtorch's libraries, in an installed PyTorch .../site-packages/torch/lib",
            Assert.Throws<UserErrorException>(() => TorchFolder.Named(scratch.Path, "X")).Message);

    public void Dispose() => scratch.Dispose();

    private static string Real(string file) => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
}
