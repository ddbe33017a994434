using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

public sealed class WritingWeightsTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    public static readonly TheoryData<ScalarType> Types =
    [
        ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32,
        ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_tensor_of_any_type_comes_back_from_both_forms_bit_for_bit(ScalarType type)
    {
        var matrix = arange(24, ScalarType.Float32).sub(3).div(7).reshape(4, 6).to_type(type);
        (string, Tensor)[] tensors = [("matrix", matrix), ("scalar", matrix[1, 2]), ("empty", zeros([0, 3], type)), ("strided", matrix.t())];
        SafeTensors.Write(scratch.File("a.safetensors"), tensors);
        TorchArchive.Write(scratch.File("a.pt"), tensors.ToDictionary(t => t.Item1, t => t.Item2));

        foreach (var path in Directory.GetFiles(scratch.Path))
        {
            using var file = WeightFile.Open(path);
            Assert.Equal(tensors.Select(t => t.Item1), file.Tensors.Select(t => t.Name));
            foreach (var (name, tensor) in tensors) TensorAssert.Same(tensor, file.Load(name), $"{name} in {path}");
        }
    }

    [Fact]
    public void A_view_into_a_flat_buffer_is_written_without_the_rest_of_the_buffer()
    {
        var buffer = arange(1_000_000, ScalarType.Float32);
        var view = buffer.narrow(0, 10, 6).view(2, 3);
        var written = TorchArchive.Write(scratch.File("view.pt"), new Dictionary<string, Tensor> { ["view"] = view });
        Assert.InRange(written.Bytes, 1, 2000);
        using var file = WeightFile.Open(scratch.File("view.pt"));
        TensorAssert.Same(view, file.Load("view"), "view");
    }

    [Fact]
    public void Digest_and_size_are_those_of_the_file()
    {
        var path = scratch.File("a.safetensors");
        var written = SafeTensors.Write(path, [("a", ones(1000))]);
        var bytes = File.ReadAllBytes(path);
        Assert.Equal(bytes.Length, written.Bytes);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), written.Sha256);
    }

    [Fact]
    public void Metadata_of_safetensors_comes_back()
    {
        SafeTensors.Write(scratch.File("a.safetensors"), [("a", ones(1))], new Dictionary<string, string> { ["format"] = "pt" });
        using var file = WeightFile.Open(scratch.File("a.safetensors"));
        Assert.Equal("pt", file.Extras["format"]);
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(200L)]
    public void Every_file_of_an_archive_lies_at_a_multiple_of_64_bytes_with_and_without_zip64(long zip64From)
    {
        TorchArchive.Write(scratch.File("a.pt"), new Dictionary<string, object?> { ["short"] = ones(3), ["long"] = ones(500) }, zip64From);
        using var bytes = new WeightBytes(scratch.File("a.pt"));
        var members = ZipDirectory.Read(bytes);
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/data/1", "archive/version"], members.Keys);
        Assert.All(members.Values, m => Assert.Equal(0, m.Offset % 64));
        Assert.Equal(2000, members["archive/data/1"].Length);

        // The class library's own reader is the second opinion.
        using var archive = System.IO.Compression.ZipFile.OpenRead(scratch.File("a.pt"));
        foreach (var entry in archive.Entries)
        {
            using var content = entry.Open();
            var copy = new MemoryStream();
            content.CopyTo(copy);
            Assert.Equal(bytes.Read(members[entry.FullName].Offset, entry.Length, entry.FullName), copy.ToArray());
        }
    }

    [Fact]
    public void A_tensor_twice_and_a_value_without_a_place_are_wrong_arguments()
    {
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(scratch.File("a.safetensors"), [("a", ones(1)), ("a", ones(1))]));
        Assert.Throws<ArgumentException>(() => TorchArchive.Write(scratch.File("a.pt"), new Dictionary<string, object?> { ["a"] = new Uri("itra:") }));
        var loop = new List<object?>();
        loop.Add(loop);
        Assert.Throws<ArgumentException>(() => TorchArchive.Write(scratch.File("a.pt"), loop));
        Assert.Empty(Directory.GetFiles(scratch.Path));
    }
}
