using System.Text;
using Itra.Domain;
using Itra.Tracking.Portable;

namespace Itra.Tracking.Tests.Portable;

/// <summary>A file that is not what was exported is refused, and leaves nothing behind.</summary>
public sealed class AlteredFileTests(PortableStore store) : IClassFixture<PortableStore>, IAsyncLifetime
{
    private readonly PortableRuns there = store.Empty;
    private byte[] whole = null!;

    public async ValueTask InitializeAsync()
    {
        await store.Recorded.ExportAsync(ExportFormat.Jsonl, "a.jsonl");
        whole = await File.ReadAllBytesAsync(store.Recorded.At("a.jsonl"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_single_changed_byte_on_any_line_is_refused()
    {
        var random = new Random(5);
        var start = 0;
        for (var line = 0; start < whole.Length; line++)
        {
            var end = Array.IndexOf(whole, (byte)'\n', start);
            // The first byte, the line's end, and some between.
            foreach (var at in Enumerable.Range(0, 12).Select(_ => random.Next(start, end)).Append(start).Append(end))
            {
                var altered = (byte[])whole.Clone();
                altered[at] ^= (byte)(1 << random.Next(7));
                await RefusedAsync(altered, $"line {line}, byte {at - start}");
            }
            start = end + 1;
        }
        Assert.Empty(await there.RowsAsync());
    }

    [Fact]
    public async Task A_line_that_is_missing_doubled_or_moved_is_refused()
    {
        var lines = Encoding.UTF8.GetString(whole).TrimEnd('\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            await RefusedAsync(lines.Where((_, at) => at != i), $"without line {i}");
            await RefusedAsync([.. lines[..i], lines[i], .. lines[i..]], $"line {i} twice");
            if (i > 0) await RefusedAsync([.. lines[..(i - 1)], lines[i], lines[i - 1], .. lines[(i + 1)..]], $"lines {i - 1} and {i} swapped");
        }
    }

    [Fact]
    public async Task A_file_that_is_cut_off_anywhere_is_refused()
    {
        for (var length = 0; length < whole.Length; length += 97) await RefusedAsync(whole[..length], $"{length} bytes");
        await RefusedAsync(whole[..^1], "without the last byte");
        await RefusedAsync([.. whole, (byte)'\n'], "with one byte more");
    }

    [Fact]
    public async Task Who_corrects_the_last_line_as_well_is_stopped_by_the_chain()
    {
        var lines = Encoding.UTF8.GetString(whole).TrimEnd('\n').Split('\n');
        var epoch = Array.FindIndex(lines, l => l.Contains("\"epoch_completed\"", StringComparison.Ordinal));
        var forged = lines.ToArray();
        forged[epoch] = forged[epoch].Replace("\"step\": 5", "\"step\": 6", StringComparison.Ordinal);
        Assert.Contains("(epoch_completed) was changed", await RefusedAsync(ForgedFile.Of(forged), "an event"), StringComparison.Ordinal);

        var values = Array.FindIndex(lines, l => l.StartsWith("{\"metric\"", StringComparison.Ordinal));
        forged = lines.ToArray();
        (forged[values], forged[values + 1]) = (forged[values + 1], forged[values]);
        Assert.Contains("are missing", await RefusedAsync(ForgedFile.Of(forged), "values swapped"), StringComparison.Ordinal);

        forged = lines.ToArray();
        forged[values] = forged[values][..forged[values].IndexOf("\"vals\"", StringComparison.Ordinal)] + lines[values + 1][lines[values + 1].IndexOf("\"vals\"", StringComparison.Ordinal)..];
        await RefusedAsync(ForgedFile.Of(forged), "values of another column");

        await RefusedAsync(ForgedFile.Of([.. lines[..^2], lines[^1]]), "without the last event");
        await RefusedAsync(ForgedFile.Of([lines[0].Replace("run-a", "run-b", StringComparison.Ordinal), .. lines[1..]]), "under another id");
        Assert.Empty(await there.RowsAsync());
    }

    private Task<string> RefusedAsync(IEnumerable<string> lines, string what) => RefusedAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), what);

    private async Task<string> RefusedAsync(byte[] content, string what)
    {
        var path = there.At("altered.jsonl");
        await File.WriteAllBytesAsync(path, content);
        try
        {
            var imported = await there.ImportAsync(path);
            throw new InvalidOperationException($"imported with {what}: {imported}");
        }
        catch (UserErrorException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return e.Message;
        }
    }
}
