namespace Itra.Trainer.Distributed;

/// <summary>What Slurm tells the processes of a step that srun has started. In a batch script or an allocation alone there is no step.</summary>
internal static class SlurmStep
{
    /// <summary>Processes on this node, of a list such as <c>4(x2),3</c>.</summary>
    public static string? TasksOfThisNode(Func<string, string?> variable)
    {
        if ((variable("SLURM_STEP_TASKS_PER_NODE") ?? variable("SLURM_TASKS_PER_NODE")) is not { } list) return variable("SLURM_NTASKS_PER_NODE");
        var node = variable("SLURM_NODEID") is { } id ? WorldPlace.Number("SLURM_NODEID", id, 0) : 0;
        foreach (var part in list.Split(','))
        {
            var times = part.IndexOf("(x", StringComparison.Ordinal);
            var nodes = times < 0 ? 1 : WorldPlace.Number("SLURM_TASKS_PER_NODE", part[(times + 2)..].TrimEnd(')'), 1);
            if (node < nodes) return times < 0 ? part : part[..times];
            node -= nodes;
        }
        return null;
    }

    /// <summary>The node that process 0 is on, of a list such as <c>gpu[07-09,12],cpu1</c>.</summary>
    public static string? FirstNode(Func<string, string?> variable)
    {
        if ((variable("SLURM_STEP_NODELIST") ?? variable("SLURM_JOB_NODELIST") ?? variable("SLURM_NODELIST")) is not { } list) return variable("SLURM_LAUNCH_NODE_IPADDR");
        var name = "";
        for (var rest = list; ;)
        {
            var end = rest.IndexOfAny(['[', ',']);
            if (end < 0) return name + rest;
            name += rest[..end];
            if (rest[end] == ',') return name;
            var close = rest.IndexOf(']', end);
            if (close < 0) return name;
            var numbers = rest[(end + 1)..close];
            name += numbers[..(numbers.IndexOfAny(['-', ',']) is var first and >= 0 ? first : numbers.Length)];
            rest = rest[(close + 1)..];
        }
    }

    /// <summary>Steps that run on a machine at once have other ports, below those that systems give out themselves.</summary>
    public static int? Port(Func<string, string?> variable) =>
        long.TryParse(variable("SLURM_JOB_ID"), out var job) ? 20000 + (int)((job + (long.TryParse(variable("SLURM_STEP_ID"), out var step) ? step : 0)) % 10000) : null;
}
