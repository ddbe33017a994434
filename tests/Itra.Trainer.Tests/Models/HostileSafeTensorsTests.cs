using System.Text;
using Itra.Domain;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Models;

public sealed class HostileSafeTensorsTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 12, "left over")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 12, "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[9223372036854775792,9223372036854775807]}}""", 12, "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[12,0]}}""", 12, "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}""", 12, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}""", 0, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}""", 12, "describe 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0]}}""", 12, "describe 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":3,"data_offsets":[0,12]}}""", 12, "describe 'a'")]
    [InlineData("""{"a":{"shape":[3],"data_offsets":[0,12]}}""", 12, "describe 'a'")]
    [InlineData("""{"a":[]}""", 12, "describe 'a'")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[12],"data_offsets":[0,12]}}""", 12, "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "uplicate")]
    [InlineData("""{"__metadata__":3}""", 0, "metadata")]
    [InlineData("""{"a" """, 0, "not JSON")]
    public void A_header_that_says_impossible_things_is_refused(string header, int dataBytes, string because)
    {
        var json = Encoding.UTF8.GetBytes(header);
        Refused([.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataBytes]], because);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 40)]
    [InlineData(-1L)]
    [InlineData(1000L)]
    public void A_header_longer_than_the_file_is_refused_without_reading_it(long length) =>
        Refused([.. BitConverter.GetBytes(length), .. "{}"u8], "header");

    [Fact]
    public void A_file_with_any_byte_changed_is_read_or_refused_and_never_crashes()
    {
        var json = """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"""u8;
        byte[] whole = [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[12]];
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var value in "\0{}[]9\"\u007f"u8)
            {
                var changed = whole.ToArray();
                changed[at] = value;
                var path = scratch.File("a.safetensors", changed);
                try
                {
                    using var file = WeightFile.Open(path);
                    foreach (var tensor in file.Tensors) file.Load(tensor.Name).Dispose();
                }
                catch (UserErrorException e)
                {
                    Assert.Contains(path, e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Files_of_other_kinds_are_told_apart_in_words()
    {
        Refused([], "empty");
        Refused([.. "PK"u8], "neither safetensors");
        Refused([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0], "neither safetensors");
        Refused([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46], "before 1.6");
        var missing = Assert.Throws<UserErrorException>(() => WeightFile.Open(scratch.File("missing.pt")));
        Assert.Contains("missing.pt", missing.Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => WeightFile.Open(scratch.Path));
    }

    private void Refused(byte[] content, string because)
    {
        var path = scratch.File("a.safetensors", content);
        var error = Assert.Throws<UserErrorException>(() => WeightFile.Open(path).Dispose());
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
