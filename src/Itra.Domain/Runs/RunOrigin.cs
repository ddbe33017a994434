namespace Itra.Domain.Runs;

public enum OriginKind { Branch, Reproduction }

/// <summary>The run that another was made from.</summary>
/// <param name="Epoch">Epochs completed where they part; 0 for a reproduction, which starts where the other started.</param>
/// <param name="Updates">Optimizer updates done there: metric values before that step are the other run's.</param>
/// <param name="CheckpointSha256">The checkpoint it goes on from, if any.</param>
public sealed record RunOrigin(OriginKind Kind, string RunId, int Epoch = 0, long Updates = 0, string? CheckpointSha256 = null);
