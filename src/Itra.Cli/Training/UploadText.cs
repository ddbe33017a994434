using Itra.Cli.Output;
using Itra.Tracking.Artifacts;

namespace Itra.Cli.Training;

/// <summary>How far files are behind, as the rest of a sentence.</summary>
internal static class UploadText
{
    public static string Of(UploadLag? lag) => lag switch
    {
        null or { Files: 0 } => "",
        { Of: > 0 } => $"; {Files(lag)} to be sent, of one of them {Form.Bytes(lag.Sent)} of {Form.Bytes(lag.Of)} are there",
        _ => $"; {Files(lag)} to be sent",
    };

    private static string Files(UploadLag lag) => $"{Form.Count(lag.Files)} file{(lag.Files == 1 ? " waits" : "s wait")} ({Form.Bytes(lag.Bytes)})";
}
