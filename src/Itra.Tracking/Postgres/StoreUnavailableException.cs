using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>The database did not answer, and kept on not answering for as long as was worth waiting.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : UserErrorException(message, inner);
