using System.Net.Sockets;
using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>Tells a server that went away, and may come back, from one that understood and refused.</summary>
internal static class ConnectionLoss
{
    public static bool IsIn(Exception e) => Chain(e).Any(x => x switch
    {
        // 08: connection exceptions; 57P: shutting down, crashed, starting up; 53300: too many connections.
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState.StartsWith("57P", StringComparison.Ordinal) || p.SqlState == "53300",
        NpgsqlException or SocketException or EndOfStreamException or TimeoutException => Chain(e).All(y => y is not PostgresException),
        _ => false,
    });

    /// <summary>The database's own words if there are any, else those of the network, on one line.</summary>
    public static string Reason(Exception e) =>
        (Chain(e).OfType<PostgresException>().FirstOrDefault()?.MessageText ?? Chain(e).Last().Message).ReplaceLineEndings(" ");

    private static IEnumerable<Exception> Chain(Exception? e)
    {
        for (; e is not null; e = e.InnerException) yield return e;
    }
}
