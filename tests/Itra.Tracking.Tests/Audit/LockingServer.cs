using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Itra.Tracking.Tests.Audit;

/// <summary>As much of the S3 protocol as object lock needs, written down from its documentation: no server at hand has it.</summary>
internal sealed class LockingServer : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentDictionary<string, byte[]> objects = [];
    private readonly ConcurrentDictionary<string, string> locks = [];

    /// <param name="configuration">What is answered to <c>?object-lock</c>; null for a bucket without it.</param>
    public LockingServer(string? configuration)
    {
        Configuration = configuration;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }
        listener.Prefixes.Add(Url + "/");
        listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }

    public string? Configuration { get; }

    /// <summary>Headers of what was put, by key.</summary>
    public ConcurrentDictionary<string, WebHeaderCollection> Puts { get; } = [];

    public string this[string key]
    {
        get => Encoding.UTF8.GetString(objects[key]);
        set => objects[key] = Encoding.UTF8.GetBytes(value);
    }

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true) await AnswerAsync(await listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, key) = (context.Request, context.Request.Url!.AbsolutePath.Trim('/'));
        using var sent = new MemoryStream();
        await request.InputStream.CopyToAsync(sent);
        var (status, body) = (request.HttpMethod, request.Url!.Query.Split('&')[0].TrimStart('?').Split('=')[0]) switch
        {
            ("GET", "object-lock") => Configuration is { } rule ? (200, rule) : (404, "<Error><Code>ObjectLockConfigurationNotFoundError</Code><Message>Object Lock configuration does not exist for this bucket</Message></Error>"),
            ("GET", "retention") => locks.TryGetValue(key, out var until) ? (200, $"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>") : (404, "<Error><Code>NoSuchObjectLockConfiguration</Code><Message>The specified object does not have a ObjectLock configuration</Message></Error>"),
            ("PUT", _) => (Put(key, request, sent.ToArray()), ""),
            (_, _) when !key.Contains('/') => (200, ""),
            _ => objects.TryGetValue(key, out var there) ? (200, Encoding.UTF8.GetString(there)) : (404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"),
        };
        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        context.Response.Close();
    }

    private int Put(string key, HttpListenerRequest request, byte[] content)
    {
        Puts[key] = (WebHeaderCollection)request.Headers;
        if (Configuration is null && request.Headers["x-amz-object-lock-mode"] is not null) return 400;
        objects[key] = content;
        if (request.Headers["x-amz-object-lock-retain-until-date"] is { } until) locks[key] = until;
        else if (Configuration?.Contains("<Days>", StringComparison.Ordinal) == true) locks[key] = "2026-04-01T00:00:00Z";
        return 200;
    }
}
