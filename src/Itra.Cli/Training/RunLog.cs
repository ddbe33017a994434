using Itra.Trainer.Clip;
using Serilog;
using Serilog.Core;

namespace Itra.Cli.Training;

/// <summary>A run's log: everything in its file, in the original's line form and with its words for levels; warnings on the screen, too.</summary>
internal sealed class RunLog : IRunLog, IDisposable
{
    private const string FileLine = "{Timestamp:yyyy-MM-dd,HH:mm:ss} | {Message:lj}{NewLine}{Exception}";
    private readonly Logger? file;
    private readonly Redaction redaction;
    private readonly Action<string> showWarning;

    /// <param name="path">File to append to, or null for none.</param>
    public RunLog(string? path, Redaction redaction, Action<string> showWarning)
    {
        (this.redaction, this.showWarning) = (redaction, showWarning);
        if (path is not null) file = new LoggerConfiguration().WriteTo.File(path, outputTemplate: FileLine, shared: false, formatProvider: null).CreateLogger();
    }

    public void Info(string message) => Write("INFO", redaction.Text(message));

    public void Warn(string message)
    {
        var text = redaction.Text(message);
        Write("WARNING", text);
        showWarning(text);
    }

    /// <summary>What ended the run; that it did is said on the screen by whoever started it.</summary>
    public void Fail(string message) => Write("ERROR", redaction.Text(message));

    public void Dispose() => file?.Dispose();

    private void Write(string level, string text) => file?.Information("{Level:l} | [itra]: {Text:l}", level, text);
}
