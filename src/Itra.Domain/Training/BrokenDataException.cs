namespace Itra.Domain.Training;

/// <summary>The data set that a spec names is there, but something is wrong in it: the spec stands, and the run that meets it has failed.</summary>
public sealed class BrokenDataException(string message, Exception? inner = null) : UserErrorException(message, inner);
