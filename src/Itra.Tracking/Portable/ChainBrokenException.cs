namespace Itra.Tracking.Portable;

/// <summary>A run is not what its hashes vouch for. The message names the first place, for people.</summary>
internal sealed class ChainBrokenException(string message) : Exception(message);
