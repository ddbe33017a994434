using System.Diagnostics;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

/// <summary>PyTorch itself reads what was written here. Needs Debian's python3-torch, or any python3 with torch.</summary>
public sealed class PyTorchReadsTests : IDisposable
{
    private static readonly Lazy<bool> HasTorch = new(() => Python("import torch").ExitCode == 0);
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public PyTorchReadsTests() => Assert.SkipUnless(HasTorch.Value, "no python3 with torch here (apt-get install python3-torch)");

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void Torch_load_gives_the_tree_that_was_written()
    {
        var path = scratch.File("tree.pt");
        TorchArchive.Write(path, new Dictionary<string, object?>
        {
            ["epoch"] = 3,
            ["name"] = "wörd",
            ["state_dict"] = new OrderedDictionary<string, Tensor> { ["a"] = arange(6, ScalarType.Float32).reshape(2, 3), ["n"] = tensor(7L) },
            ["half"] = tensor(0.5f).to_type(ScalarType.BFloat16),
            ["strided"] = arange(6, ScalarType.Float16).reshape(2, 3).t(),
            ["big"] = -(1L << 40),
            ["numbers"] = new Dictionary<int, object?> { [0] = (0.9, 0.999), [1] = new long[] { 1, 2 } },
            ["rest"] = new List<object?> { true, false, null, 1e-8 },
        });

        var result = Python($"""
            import torch, collections
            t = torch.load({Quoted(path)})
            assert t['epoch'] == 3 and t['name'] == 'wörd' and t['big'] == -(1 << 40)
            assert type(t) is dict and type(t['state_dict']) is collections.OrderedDict
            assert torch.equal(t['state_dict']['a'], torch.arange(6.).reshape(2, 3))
            n = t['state_dict']['n']
            assert n.dtype == torch.int64 and n.shape == () and n.item() == 7
            assert t['half'].dtype == torch.bfloat16 and t['half'].item() == 0.5
            assert torch.equal(t['strided'], torch.arange(6.).half().reshape(2, 3).t())
            assert t['numbers'] == dict([(0, (0.9, 0.999)), (1, (1, 2))])
            assert t['rest'] == [True, False, None, 1e-8]
            import zipfile
            assert zipfile.ZipFile({Quoted(path)}).testzip() is None
            t['state_dict']['a'] += 1
            """);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Torch_load_of_an_export_equals_the_reference_state_dict()
    {
        var models = Fixtures.ModelFolders();
        Assert.SkipWhen(models.Count == 0, $"no model folder in {Path.GetFullPath(Fixtures.Root)} (set ITRA_FIXTURES)");
        foreach (var model in models)
        {
            var reference = Fixtures.Find(model, "state_dict_openai.pt");
            var export = scratch.File(model + ".pt");
            ModelExport.Write(Fixtures.Find(model, "state_dict_itra.pt"), export);
            var result = Python($"""
                import torch
                a, b = torch.load({Quoted(reference)}), torch.load({Quoted(export)})
                assert set(a) == set(b), set(a) ^ set(b)
                assert all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)
                """);
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }

    private static string Quoted(string path) => $"'{path}'";

    private static (int ExitCode, string Error) Python(string program)
    {
        var interpreter = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        try
        {
            using var python = Process.Start(new ProcessStartInfo(interpreter, ["-c", program]) { RedirectStandardError = true })!;
            var error = python.StandardError.ReadToEnd();
            python.WaitForExit();
            return (python.ExitCode, error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
