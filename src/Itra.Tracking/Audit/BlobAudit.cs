using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Audit;

/// <summary>Reads every stored file that an event refers to, each once. A checkpoint whose deletion is recorded is not looked for.</summary>
internal sealed class BlobAudit
{
    private readonly Dictionary<(string Sha256, string Stream, bool IsCheckpoint), (Artifact Artifact, string Stream, long Version)> referred = [];

    public long Count => Files.Count();

    public long Bytes => Files.Sum(r => r.Artifact.Bytes);

    private IEnumerable<(Artifact Artifact, string Stream, long Version)> Files => referred.Values.DistinctBy(r => r.Artifact.Sha256);

    public void Add(string stream, long version, RunEvent e)
    {
        if (e is CheckpointDeleted deleted) referred.Remove((deleted.Sha256, stream, true));
        foreach (var artifact in RunArtifacts.Of(e)) referred.TryAdd((artifact.Sha256, stream, e is CheckpointSaved), (artifact, stream, version));
    }

    public async Task<IReadOnlyList<AuditFinding>> ReadAsync(IArtifactStore store, IProgress<AuditProgress>? progress, CancellationToken cancellation)
    {
        List<AuditFinding> findings = [];
        var (done, total) = (0L, Bytes);
        foreach (var (artifact, stream, version) in Files)
        {
            try
            {
                // Opening compares all bytes with the digest, those of parts included.
                await using var content = await store.OpenAsync(artifact.Sha256, cancellation);
                if (content.Length != artifact.Bytes) findings.Add(new(stream, version, Tampering.BlobDamaged, $"the file of event {version} has {content.Length} bytes in {store.Location}, {artifact.Bytes} were recorded"));
            }
            catch (ArtifactMissingException e)
            {
                findings.Add(new(stream, version, Tampering.BlobMissing, $"a file of event {version} is missing: {e.Message}"));
            }
            catch (ArtifactDamagedException e)
            {
                findings.Add(new(stream, version, Tampering.BlobDamaged, $"a file of event {version} was altered: {e.Message}"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                findings.Add(new(stream, version, Tampering.BlobDamaged, $"a file of event {version} cannot be read: {e.Message}"));
            }
            progress?.Report(new("bytes", done += artifact.Bytes, total));
        }
        return findings;
    }
}
