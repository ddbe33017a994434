using Itra.Domain.Artifacts;
using Itra.Tracking.Portable.Crates;
using Itra.Tracking.Portable.Packages;

namespace Itra.Tracking.Portable;

/// <summary>Packs a run with what belongs to it.</summary>
internal sealed class Packing(RecordedRun run, IArtifactStore artifacts, TimeProvider clock, IProgress<(long Done, long Total)>? progress)
{
    private readonly List<PackedFile> files = [];
    private readonly List<string> missing = [];

    public async Task<Packed> RunAndBlobsAsync(Draft draft, CancellationToken cancellation)
    {
        await using (var package = new ZipPackage(draft.Path, clock.GetUtcNow()))
        {
            var story = await AddRunAsync(package, cancellation);
            await AddBlobsAsync(package, story.Artifacts, cancellation);
        }
        return Done(draft);
    }

    public async Task<Packed> CrateAsync(Draft draft, bool withBlobs, CancellationToken cancellation)
    {
        await using (IPackage package = draft.IsFolder ? new FolderPackage(draft.Path) : new ZipPackage(draft.Path, clock.GetUtcNow()))
        {
            var story = await AddRunAsync(package, cancellation);
            await AddAsync(package, CrateFiles.Scores, file => run.WriteTableAsync(file, story, cancellation, metrics: false));
            await AddAsync(package, CrateFiles.Metrics, file => run.WriteTableAsync(file, story, cancellation, scores: false));
            await AddAsync(package, CrateFiles.Settings, file => RunWriting.WriteSettingsAsync(file, story.Registered.Spec));
            if (withBlobs) await AddBlobsAsync(package, story.Artifacts, cancellation);
            var metadata = CrateMetadata.Of(story, files, clock.GetUtcNow());
            await package.AddAsync(CrateFiles.Metadata, compress: true, file => RunExport.WriteAsync(file, metadata, cancellation));
        }
        return Done(draft);
    }

    private async Task<RunStory> AddRunAsync(IPackage package, CancellationToken cancellation)
    {
        var story = new RunStory();
        await AddAsync(package, CrateFiles.Run, async file => story = await run.WriteAsync(file, clock, cancellation));
        return story;
    }

    private async Task AddBlobsAsync(IPackage package, IReadOnlyList<Artifact> named, CancellationToken cancellation)
    {
        var (done, total) = (0L, named.Sum(a => a.Bytes));
        foreach (var artifact in named)
        {
            // The run is whole without it, and says what it was.
            if (!await artifacts.ExistsAsync(artifact.Sha256, cancellation)) missing.Add(artifact.Sha256);
            else
            {
                await using var blob = await artifacts.OpenAsync(artifact.Sha256, cancellation);
                files.Add(await package.AddAsync(CrateFiles.Blobs + artifact.Sha256, compress: false, file => CopyAsync(blob, file, done, total, cancellation)));
            }
            done += artifact.Bytes;
            progress?.Report((done, total));
        }
    }

    private async Task CopyAsync(Stream blob, Stream file, long done, long total, CancellationToken cancellation)
    {
        var block = new byte[1 << 20];
        for (int read; (read = await blob.ReadAsync(block, cancellation)) > 0;)
        {
            await file.WriteAsync(block.AsMemory(0, read), cancellation);
            progress?.Report((done += read, total));
        }
    }

    private async Task AddAsync(IPackage package, string name, Func<Stream, Task> write) => files.Add(await package.AddAsync(name, compress: true, write));

    private Packed Done(Draft draft) =>
        new(draft.IsFolder ? new DirectoryInfo(draft.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length) : new FileInfo(draft.Path).Length,
            files.Count(f => f.Name.StartsWith(CrateFiles.Blobs, StringComparison.Ordinal)), missing);
}
