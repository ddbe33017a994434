using Itra.Trainer.Clip;
using Serilog;
using Serilog.Core;

namespace Itra.Cli.Training;

/// <summary>A run's log: everything in its file, in the line form of the original; warnings on the screen, too.</summary>
internal sealed class RunLog : IRunLog, IDisposable
{
    private const string FileLine = "{Timestamp:yyyy-MM-dd,HH:mm:ss} | {Level:u4} | [itra]: {Message:lj}{NewLine}{Exception}";
    private readonly Logger? file;
    private readonly Redaction redaction;
    private readonly Action<string> showWarning;

    /// <param name="path">File to append to, or null for none.</param>
    public RunLog(string? path, Redaction redaction, Action<string> showWarning)
    {
        (this.redaction, this.showWarning) = (redaction, showWarning);
        if (path is not null) file = new LoggerConfiguration().WriteTo.File(path, outputTemplate: FileLine, shared: false, formatProvider: null).CreateLogger();
    }

    public void Info(string message) => file?.Information("{Text:l}", redaction.Text(message));

    public void Warn(string message)
    {
        var text = redaction.Text(message);
        file?.Warning("{Text:l}", text);
        showWarning(text);
    }

    public void Dispose() => file?.Dispose();
}
