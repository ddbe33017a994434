namespace Itra.Domain.Training;

/// <summary>A trainer refused a spec before it did anything: no run was recorded.</summary>
public sealed class SpecRefusedException(string message, Exception inner) : UserErrorException(message, inner);
