using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Portable.Packages;
using Itra.Tracking.Portable.Prov;
using Itra.Tracking.Postgres;

namespace Itra.Tracking.Portable;

/// <summary>Writes a run to a file that outlives this store. Reads it page by page, and checks every hash as it does.</summary>
public sealed class RunExport(TrackingDatabase database, IArtifactStore artifacts, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What a file of that form is called at its end.</summary>
    public static string Extension(ExportFormat format, bool withBlobs) => format switch
    {
        ExportFormat.Jsonl => withBlobs ? ".zip" : ".jsonl",
        ExportFormat.RoCrate => ".crate.zip",
        ExportFormat.Prov => ".prov.json",
        ExportFormat.Csv => ".csv",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "no such format"),
    };

    /// <summary>The file or folder appears when it is complete, or not at all.</summary>
    /// <param name="progress">Bytes of stored files, packed and in all.</param>
    /// <exception cref="UserErrorException">There is no such run, it was changed since it was recorded, or there is no place for the file.</exception>
    public async Task<Exported> WriteAsync(ExportRequest request, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        if (request.Format is ExportFormat.Prov or ExportFormat.Csv && request.WithBlobs)
            throw new UserErrorException("stored files go with --format jsonl or ro-crate: leave out --with-blobs, or take one of those");
        using var draft = new Draft(request.Target, request.Overwrite);
        if (draft.IsFolder && request.Format != ExportFormat.RoCrate) throw new UserErrorException($"{request.Target} is a folder, and only --format ro-crate makes one: name a file");
        try
        {
            await using var run = await RecordedRun.OpenAsync(database, request.RunId, cancellation);
            var packing = new Packing(run, artifacts, clock, progress);
            var packed = request switch
            {
                { Format: ExportFormat.RoCrate } => await packing.CrateAsync(draft, request.WithBlobs, cancellation),
                { Format: ExportFormat.Jsonl, WithBlobs: true } => await packing.RunAndBlobsAsync(draft, cancellation),
                _ => await WriteFileAsync(request.Format, run, draft.Path, cancellation),
            };
            cancellation.ThrowIfCancellationRequested();
            draft.Publish();
            return new Exported(run.Id, request.Format, request.Target, packed.Bytes, run.Head.Version, run.Head.Hash, packed.Blobs, packed.Missing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{request.Target} cannot be written ({e.Message}): free some space, or give another place with --to", e);
        }
    }

    private async Task<Packed> WriteFileAsync(ExportFormat format, RecordedRun run, string path, CancellationToken cancellation)
    {
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
        {
            if (format == ExportFormat.Jsonl) await run.WriteAsync(file, clock, cancellation);
            else if (format == ExportFormat.Csv) await run.WriteTableAsync(file, await run.TellAsync(cancellation), cancellation);
            else await WriteAsync(file, ProvDocument.Of(await run.TellAsync(cancellation)), cancellation);
        }
        return new Packed(new FileInfo(path).Length, 0, []);
    }

    internal static async Task WriteAsync(Stream file, JsonObject document, CancellationToken cancellation)
    {
        await JsonSerializer.SerializeAsync(file, document, Indented, cancellation);
        await file.WriteAsync("\n"u8.ToArray(), cancellation);
    }
}

/// <summary>What a finished file holds.</summary>
internal sealed record Packed(long Bytes, int Blobs, IReadOnlyList<string> Missing);
