using Itra.Domain;
using Minio;

namespace Itra.Tracking.Artifacts;

/// <summary>Where an S3 server is and how it is entered.</summary>
public sealed class S3Settings
{
    private readonly string secretKey;

    public S3Settings(string endpoint, string accessKey, string secretKey, string bucket = "itra", string? region = null)
    {
        if (!Uri.TryCreate(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : "http://" + endpoint, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https") || url.AbsolutePath != "/" || url.UserInfo.Length > 0)
            throw new UserErrorException("ITRA_S3_ENDPOINT must be http://host:port or https://host:port, without a path and without credentials: correct it");
        if (accessKey.Length == 0 || secretKey.Length == 0) throw new UserErrorException("ITRA_S3_ENDPOINT is set without credentials: set ITRA_S3_ACCESS_KEY and ITRA_S3_SECRET_KEY too");
        (Endpoint, AccessKey, this.secretKey, Bucket, Region) = (url, accessKey, secretKey, bucket, region);
    }

    public Uri Endpoint { get; }

    public string AccessKey { get; }

    public string Bucket { get; }

    public string? Region { get; }

    /// <summary>From <c>ITRA_S3_ENDPOINT</c>, <c>_ACCESS_KEY</c>, <c>_SECRET_KEY</c>, <c>_BUCKET</c>, <c>_REGION</c>; null if no endpoint is set.</summary>
    public static S3Settings? Read(Func<string, string?> environment, string prefix = "ITRA_S3") =>
        environment($"{prefix}_ENDPOINT") is not { Length: > 0 } endpoint ? null
        : new S3Settings(endpoint, environment($"{prefix}_ACCESS_KEY") ?? "", environment($"{prefix}_SECRET_KEY") ?? "",
            environment($"{prefix}_BUCKET") is { Length: > 0 } bucket ? bucket : "itra", environment($"{prefix}_REGION"));

    internal IMinioClient Connect()
    {
        var client = new MinioClient().WithEndpoint(Endpoint.Authority).WithCredentials(AccessKey, secretKey).WithSSL(Endpoint.Scheme == "https");
        return (Region is { Length: > 0 } ? client.WithRegion(Region) : client).Build();
    }
}
