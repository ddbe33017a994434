using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Audit;

/// <summary>Reads every stored file that an event refers to, each once.</summary>
internal sealed class BlobAudit
{
    private readonly Dictionary<string, (Artifact Artifact, string Stream, long Version)> referred = [];

    public long Count => referred.Count;

    public long Bytes => referred.Values.Sum(r => r.Artifact.Bytes);

    public void Add(string stream, long version, RunEvent e)
    {
        foreach (var artifact in RunArtifacts.Of(e)) referred.TryAdd(artifact.Sha256, (artifact, stream, version));
    }

    public async Task<IReadOnlyList<AuditFinding>> ReadAsync(IArtifactStore store, IProgress<AuditProgress>? progress, CancellationToken cancellation)
    {
        List<AuditFinding> findings = [];
        var (done, total) = (0L, Bytes);
        foreach (var (artifact, stream, version) in referred.Values)
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
