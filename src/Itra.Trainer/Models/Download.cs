using System.Net;
using System.Net.Http.Headers;
using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>Downloads a published file, going on from what is already there.</summary>
internal static class Download
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly HttpClient Http = new(new SocketsHttpHandler { ConnectTimeout = Patience })
    {
        // A large file takes as long as it takes; a silent connection is noticed below.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Fills the file <paramref name="part"/> and returns its path. It is kept when the download stops early.</summary>
    public static async Task<string> FetchAsync(PublishedModel model, string part, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            var before = Length(part);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(part)!);
                await FetchOnceAsync(model.Origin, part, progress, cancellation).ConfigureAwait(false);
                return part;
            }
            catch (Exception e) when (IsNetwork(e, cancellation) && Length(part) > before)
            {
                // It broke, but it moved: go on from here.
            }
            catch (Exception e) when (IsNetwork(e, cancellation))
            {
                var reason = e is OperationCanceledException ? $"no answer for {Patience.TotalSeconds:0} s" : e.Message;
                throw new UserErrorException($"cannot download {model.Name}: {reason}. Run `itra models pull {model.Name}` again, or get {model.Origin} elsewhere and run `itra models import FILE`", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.Explain(e, part);
            }
        }
    }

    private static async Task FetchOnceAsync(Uri origin, string part, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        // Nobody else may write it meanwhile: a second pull of the same model fails here.
        using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        using var request = new HttpRequestMessage(HttpMethod.Get, origin);
        if (file.Length > 0) request.Headers.Range = new RangeHeaderValue(file.Length, null);

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(Patience);
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        // Nothing lies beyond what is there: it is complete, or not the file; its digest tells.
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return;
        response.EnsureSuccessStatusCode();

        var resumed = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == file.Length;
        if (!resumed && response.StatusCode == HttpStatusCode.PartialContent) throw new HttpRequestException("the server sent another part than the one asked for");
        if (!resumed) file.SetLength(0);
        file.Position = file.Length;

        var total = response.Content.Headers.ContentLength is { } rest ? file.Length + rest : 0;
        var body = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        var buffer = new byte[1 << 18];
        for (int read; (read = await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false)) > 0; silence.CancelAfter(Patience))
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
            progress?.Report((file.Position, total));
        }

        file.Flush(flushToDisk: true);
    }

    private static bool IsNetwork(Exception e, CancellationToken cancellation) => e switch
    {
        HttpRequestException or HttpIOException => true,
        OperationCanceledException => !cancellation.IsCancellationRequested,
        IOException { InnerException: System.Net.Sockets.SocketException } => true,
        _ => false,
    };

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
