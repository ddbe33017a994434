namespace Itra.Tracking.WriteAhead;

/// <summary>How far the store is behind what has been recorded.</summary>
/// <param name="Events">Recorded, and not yet in the store.</param>
/// <param name="For">How long the store has refused or not answered; zero if it has not.</param>
/// <param name="Why">In one line, or null if all is well.</param>
public sealed record Lag(long Events, TimeSpan For, string? Why);
