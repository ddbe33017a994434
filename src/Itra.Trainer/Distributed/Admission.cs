using Itra.Domain;

namespace Itra.Trainer.Distributed;

/// <summary>Whether a process can train together with process 0.</summary>
internal static class Admission
{
    // Where a machine has its files, and what process 0 alone does.
    private static readonly string[] OfOneMachine =
    [
        "name", "logs", "report_to", "resume", "save_frequency", "checkpoint_every", "threads", "workers",
        "datasets_dir", "images_dir", "retrieval_images_dir", "cache_dir",
    ];

    /// <summary>Under --device auto one process may find a GPU and another none: they cannot exchange what they have.</summary>
    /// <param name="device">What this process computes on.</param>
    /// <exception cref="UserErrorException">Process 0 computes on something else.</exception>
    public static void MustComputeOn(TorchSharp.DeviceType device, int process, Invitation invitation)
    {
        if (invitation.Device is { } theirs && theirs != device.ToString())
            throw new UserErrorException($"process {process} on {Environment.MachineName} would train on {device}, process 0 on {invitation.Peers[0].Host} trains on {theirs}: give all the same --device, and where it is cuda see what `itra doctor` says is missing");
    }

    /// <returns>Why it cannot; null if it can.</returns>
    public static string? Misfit(Greeting own, Greeting theirs)
    {
        var name = $"process {theirs.Process} on {theirs.Host}";
        if (theirs.Processes != own.Processes) return $"{name} is one of {theirs.Processes}, process 0 one of {own.Processes}: set the same WORLD_SIZE for all";
        if (theirs.Process <= 0 || theirs.Process >= own.Processes) return $"there is no process {theirs.Process} of {own.Processes}: processes are counted from 0";
        if (theirs.Version != own.Version) return $"{name} is Itra {theirs.Version}, process 0 {own.Version}: install the same everywhere";
        if (theirs.Settings is null) return null;
        var (ours, others) = (own.Settings!, theirs.Settings);
        return ours.Keys.Union(others.Keys).Order(StringComparer.Ordinal).FirstOrDefault(k => !OfOneMachine.Contains(k) && ours.GetValueOrDefault(k) != others.GetValueOrDefault(k)) is { } key
            ? $"{name} was started with {key} '{others.GetValueOrDefault(key)}', process 0 with '{ours.GetValueOrDefault(key)}': start all with the same flags"
            : null;
    }
}
