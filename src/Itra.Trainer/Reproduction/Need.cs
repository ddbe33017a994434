using Itra.Domain.Training;

namespace Itra.Trainer.Reproduction;

public enum NeedState
{
    /// <summary>Where it was, or where it was said to be, with the content of that time.</summary>
    Here,

    /// <summary>Not there any more, but in the artifact store.</summary>
    Stored,

    /// <summary>There, with another content.</summary>
    Changed,
    Missing,
}

/// <summary>One thing that a run needs to be run again.</summary>
/// <param name="What">What it is for: a data set's role, or an input's.</param>
/// <param name="Detail">Where it is, or what is wrong with it.</param>
/// <param name="Files">Of a data set that changed, the files by which it did; empty if those are not known.</param>
public sealed record Need(string What, NeedState State, string Detail, IReadOnlyList<FileChange> Files)
{
    public bool IsMet => State is NeedState.Here or NeedState.Stored;

    internal static Need Of(string what, NeedState state, string detail) => new(what, state, detail, []);
}
