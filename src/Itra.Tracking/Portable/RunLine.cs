namespace Itra.Tracking.Portable;

/// <summary>One line of a run that travels, between its header and its end: an event, or the values of one metric behind the event before it.</summary>
internal abstract record RunLine;

/// <param name="Version">Place in the run, from 1.</param>
/// <param name="Timestamp">When it was stored, exact to the microsecond.</param>
/// <param name="Hash">Its link in the chain, lower-case hexadecimal.</param>
/// <param name="Data">JSON as PostgreSQL prints it.</param>
internal sealed record EventLine(long Version, string Type, Guid Id, DateTimeOffset Timestamp, string Hash, string Data) : RunLine;

/// <param name="Attempt">How often the run had been resumed when they were logged.</param>
/// <param name="N">Number of values.</param>
/// <param name="Vals">The values as they are stored, in <paramref name="Encoding"/>.</param>
internal sealed record MetricLine(string Metric, int Attempt, long FirstStep, int N, short Encoding, byte[] Vals) : RunLine;

/// <summary>The last event of a run and its hash.</summary>
internal sealed record RunHead(long Version, string Hash);

/// <summary>The first line.</summary>
/// <param name="Itra">Version of the program that wrote it.</param>
internal sealed record RunFileHeader(string Run, RunHead Head, DateTimeOffset ExportedAt, string Itra)
{
    public const string Format = "itra-run";
    public const int Version = 1;
}
