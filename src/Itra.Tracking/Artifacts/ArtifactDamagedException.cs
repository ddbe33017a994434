using Itra.Domain;

namespace Itra.Tracking.Artifacts;

/// <summary>The bytes kept under a digest have another one.</summary>
public sealed class ArtifactDamagedException(string sha256, string location, long bytes)
    : UserErrorException($"artifact {sha256} in {location} is damaged: its {bytes} bytes are not those that were stored; restore it from a backup, or delete it and save it again");
