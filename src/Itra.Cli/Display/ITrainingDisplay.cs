using Itra.Domain.Runs;

namespace Itra.Cli.Display;

/// <summary>Shows a training while it runs.</summary>
internal interface ITrainingDisplay : IProgress<RunCommand>
{
    /// <summary>Shows progress for as long as <paramref name="work"/> takes.</summary>
    Task<T> DuringAsync<T>(Func<Task<T>> work);

    /// <summary>Shows a line of text among the progress.</summary>
    void Tell(string line);
}
