using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Runs;

/// <summary>Puts what the server says when it does not store into a line for people.</summary>
internal static class Refusal
{
    /// <summary>Null if the fault is not one that somebody at the server or the network can put right.</summary>
    public static StoreUnavailableException? Of(Exception e, TrackingDatabase database)
    {
        if (ConnectionLoss.IsIn(e)) return database.Unavailable(e);
        for (var x = e; x is not null; x = x.InnerException)
        {
            if (x is PostgresException p && Explain(p) is { } advice)
                return new StoreUnavailableException($"{database.Address.Display} refused: {p.MessageText}; {advice}", e);
        }
        return null;
    }

    private static string? Explain(PostgresException p) => p.SqlState switch
    {
        PostgresErrorCodes.DiskFull => "its disk is full: free some space",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "correct user and password in ITRA_POSTGRES",
        PostgresErrorCodes.InvalidCatalogName => "make that database with 'createdb', or name another in ITRA_POSTGRES",
        PostgresErrorCodes.InsufficientPrivilege => "the account in ITRA_POSTGRES must be allowed to create and write the schema 'itra'",
        PostgresErrorCodes.ReadOnlySqlTransaction => "it is read-only: name the primary server in ITRA_POSTGRES",
        _ => null,
    };
}
