namespace Itra.Tracking;

/// <summary>What a check found.</summary>
/// <param name="Ok">False if something has to be done.</param>
/// <param name="What">One line on how things are.</param>
/// <param name="Advice">What to type; null if all is well.</param>
public sealed record Finding(bool Ok, string What, string? Advice = null);
