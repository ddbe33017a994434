using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Itra.Domain;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Models;

public sealed class PullTests : IDisposable
{
    // As large as several buffers, and no multiple of one.
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1_000_003).Select(i => (byte)(i * 31 >> 3))];
    private readonly ScratchFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private string Part => scratch.File("RN50.pt.part");

    [Fact]
    public async Task A_pull_reports_progress_and_leaves_the_file_with_a_note_and_nothing_else()
    {
        using var server = new FileServer(Content);
        var progress = new Recorder();
        var model = await Library(server.Address).PullAsync("RN50", progress, TestContext.Current.CancellationToken);

        Assert.Equal(Content, File.ReadAllBytes(Library(server.Address).Find("RN50", ModelKind.Weights)));
        Assert.Equal((Content.Length, new Uri(server.Address, "RN50.pt").ToString()), (model.Bytes, model.Source));
        Assert.Equal((Content.Length, Content.Length), progress.Reports[^1]);
        Assert.Equal(progress.Reports.Order(), progress.Reports);
        Assert.Equal(["RN50.pt", "RN50.pt.itra.json"], Directory.GetFiles(scratch.Path).Select(Path.GetFileName).Order());

        await Library(server.Address).PullAsync("RN50", null, TestContext.Current.CancellationToken);
        Assert.Single(server.Ranges);
    }

    [Fact]
    public async Task A_pull_goes_on_where_an_earlier_one_stopped()
    {
        File.WriteAllBytes(Part, Content[..400_000]);
        using var server = new FileServer(Content);
        var progress = new Recorder();
        await Library(server.Address).PullAsync("RN50", progress, TestContext.Current.CancellationToken);
        Assert.Equal(["bytes=400000-"], server.Ranges);
        Assert.True(progress.Reports[0].Done > 400_000);
        Assert.Equal(Content.Length, progress.Reports[0].Total);
        Assert.Equal(Content, File.ReadAllBytes(scratch.File("RN50.pt")));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_taken_up_again()
    {
        using var server = new FileServer(Content) { BreakAfter = 300_000 };
        await Library(server.Address).PullAsync("RN50", null, TestContext.Current.CancellationToken);
        Assert.Equal(4, server.Ranges.Count);
        Assert.Equal(Content, File.ReadAllBytes(scratch.File("RN50.pt")));
    }

    [Fact]
    public async Task A_server_without_ranges_starts_over()
    {
        File.WriteAllBytes(Part, new byte[5]);
        using var server = new FileServer(Content) { KnowsRanges = false };
        await Library(server.Address).PullAsync("RN50", null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(scratch.File("RN50.pt")));
    }

    [Fact]
    public async Task A_part_that_is_already_whole_is_only_checked()
    {
        File.WriteAllBytes(Part, Content);
        using var server = new FileServer(Content);
        await Library(server.Address).PullAsync("RN50", null, TestContext.Current.CancellationToken);
        Assert.Equal(Content, File.ReadAllBytes(scratch.File("RN50.pt")));
    }

    [Fact]
    public async Task Another_digest_than_the_published_one_is_refused_and_the_bytes_are_deleted()
    {
        using var server = new FileServer([1, 2, 3]);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Library(server.Address).PullAsync("RN50", null, TestContext.Current.CancellationToken));
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
        Assert.Contains("itra models import FILE", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public async Task A_refused_connection_is_one_line_that_says_what_to_do_instead()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closed = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        listener.Stop();
        await FailsWith(closed, "refused");
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_one_line_that_says_what_to_do_instead()
    {
        using var server = new FileServer(Content) { Status = "404 Not Found" };
        await FailsWith(server.Address, "404");
    }

    [Fact]
    public async Task A_name_that_nobody_publishes_lists_those_that_are()
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => new ModelLibrary(scratch.Path).PullAsync("RN500", null, TestContext.Current.CancellationToken));
        Assert.Contains("ViT-L-14-336", error.Message, StringComparison.Ordinal);
    }

    private async Task FailsWith(Uri address, string because)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Library(address).PullAsync("RN50", null, TestContext.Current.CancellationToken));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.Contains("itra models import FILE", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private ModelLibrary Library(Uri address) => new(scratch.Path, TimeProvider.System,
        [new PublishedModel("RN50", ModelKind.Weights, new Uri(address, "RN50.pt"), Convert.ToHexStringLower(SHA256.HashData(Content)))]);

    private sealed class Recorder : IProgress<(long Done, long Total)>
    {
        public List<(long Done, long Total)> Reports { get; } = [];

        public void Report((long Done, long Total) value) => Reports.Add(value);
    }
}
