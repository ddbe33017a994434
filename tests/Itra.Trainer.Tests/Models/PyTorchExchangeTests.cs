using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

/// <summary>PyTorch itself reads what was written here, and writes what is read here. Needs Debian's python3-torch, or any python3 with torch.</summary>
public sealed class PyTorchExchangeTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public PyTorchExchangeTests() => PythonTorch.SkipIfAbsent();

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

        var result = PythonTorch.Run($"""
            import torch, collections
            t = torch.load({PythonTorch.Quoted(path)})
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
            assert zipfile.ZipFile({PythonTorch.Quoted(path)}).testzip() is None
            t['state_dict']['a'] += 1
            """);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Torch_load_of_an_export_equals_the_reference_state_dict()
    {
        var models = Fixtures.ModelFolders().Where(m => File.Exists(Path.Combine(Fixtures.Root, m, "state_dict_openai.pt"))).ToList();
        Assert.SkipWhen(models.Count == 0, $"no model folder in {Path.GetFullPath(Fixtures.Root)} has state_dict_openai.pt (set ITRA_FIXTURES)");
        foreach (var model in models)
        {
            var reference = Fixtures.Find(model, "state_dict_openai.pt");
            var export = scratch.File(model + ".pt");
            ModelExport.Write(Fixtures.Find(model, "state_dict_itra.pt"), export);
            var result = PythonTorch.Run($"""
                import torch
                a, b = torch.load({PythonTorch.Quoted(reference)}), torch.load({PythonTorch.Quoted(export)})
                assert set(a) == set(b), set(a) ^ set(b)
                assert all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)
                """);
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void What_torch_save_writes_is_read_whatever_it_contains(int protocol)
    {
        var path = scratch.File("saved.pt");
        var result = PythonTorch.Run($"""
            import torch, collections
            base = torch.arange(12.).reshape(3, 4)
            weights = collections.OrderedDict([('module.plain', base), ('module.transposed', base.t()), ('module.row', base[1]), ('module.one', base[2, 3]),
                ('module.expanded', torch.tensor([5.]).expand(3)), ('module.parameter', torch.nn.Parameter(base.half())), ('module.empty', torch.zeros(0, 2)), ('module.flags', base > 5)])
            torch.save(dict(state_dict=weights, epoch=3, size=base.size(), args=dict(lr=1e-3, on=True, none=None, big=2**40, t=(1, 'x'))), {PythonTorch.Quoted(path)}, pickle_protocol={protocol})
            """);
        Assert.True(result.ExitCode == 0, result.Error);

        using var file = WeightFile.Open(path);
        var all = arange(12, ScalarType.Float32).reshape(3, 4);
        (string Name, Tensor Value)[] expected =
        [
            ("plain", all), ("transposed", all.t()), ("row", all[1]), ("one", all[2, 3]), ("expanded", full(3, 5f)),
            ("parameter", all.to_type(ScalarType.Float16)), ("empty", zeros(0, 2)), ("flags", all.gt(5)),
        ];
        Assert.Equal(expected.Select(e => "module." + e.Name), file.Tensors.Select(t => t.Name));
        foreach (var (name, value) in expected) TensorAssert.Same(value, file.Load("module." + name), name);

        Assert.Equal(3L, file.Extras["epoch"]);
        Assert.Equal([3L, 4L], (object?[])file.Extras["size"]!);
        var arguments = (IReadOnlyDictionary<object, object?>)file.Extras["args"]!;
        Assert.Equal([1e-3, true, null, 1L << 40], [arguments["lr"], arguments["on"], arguments["none"], arguments["big"]]);
        Assert.Equal([1L, "x"], (object?[])arguments["t"]!);
    }

    [Fact]
    public void What_TorchScript_writes_is_read_by_the_names_of_its_modules()
    {
        var path = scratch.File("script.pt");
        var result = PythonTorch.Run($"""
            import torch
            model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sequential(torch.nn.BatchNorm1d(3)))
            for p in model.parameters(): p.data.fill_(0.5)
            torch.jit.trace(model.eval(), torch.ones(4, 2)).save({PythonTorch.Quoted(path)})
            """);
        Assert.True(result.ExitCode == 0, result.Error);

        using var file = WeightFile.Open(path);
        Assert.Equal(["0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.0.running_mean", "1.0.running_var", "1.0.num_batches_tracked"], file.Tensors.Select(t => t.Name));
        TensorAssert.Same(full(3, 2, 0.5f), file.Load("0.weight"), "0.weight");
        TensorAssert.Same(tensor(0L), file.Load("1.0.num_batches_tracked"), "num_batches_tracked");
    }
}
