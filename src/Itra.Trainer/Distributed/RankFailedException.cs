using Itra.Domain;

namespace Itra.Trainer.Distributed;

/// <summary>Another rank cannot go on, and so neither can this one.</summary>
internal sealed class RankFailedException(string message, Exception? reason = null) : UserErrorException(message, reason);
