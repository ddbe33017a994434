namespace Itra.Trainer.Clip;

/// <summary>Where a trainer tells people what it does, line by line. What has to be kept is yielded as a command, not logged.</summary>
public interface IRunLog
{
    void Info(string message);

    void Warn(string message);
}

/// <summary>Opens the log of one run. <paramref name="path"/> is the file to write besides the console, or null for none.</summary>
public delegate IRunLog OpenRunLog(string? path);
