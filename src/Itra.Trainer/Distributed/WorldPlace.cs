using System.Globalization;
using Itra.Domain;

namespace Itra.Trainer.Distributed;

/// <summary>Which of the processes that a launcher has started this one is, and where they meet.</summary>
/// <param name="Process">From 0.</param>
/// <param name="Processes">How many there are on all machines.</param>
/// <param name="LocalProcess">From 0, on its machine.</param>
/// <param name="LocalProcesses">How many there are on its machine.</param>
/// <param name="Address">Process 0's machine: a name or a number.</param>
/// <param name="Port">Where process 0 awaits the others.</param>
public sealed record WorldPlace(int Process, int Processes, int LocalProcess, int LocalProcesses, string Address, int Port)
{
    private const int DefaultPort = 29500;

    private const string Seconds = "ITRA_RENDEZVOUS_SECONDS", StallSeconds = "ITRA_STALL_SECONDS";

    // A launcher that is started by another has the last word: torchrun and mpirun run within Slurm's steps.
    private static readonly Launcher[] Launchers =
    [
        new("RANK", "WORLD_SIZE", "LOCAL_RANK", v => v("LOCAL_WORLD_SIZE")),
        new("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", v => v("OMPI_COMM_WORLD_LOCAL_SIZE")),
        new("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", SlurmStep.TasksOfThisNode),
        new("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", v => v("MPI_LOCALNRANKS")),
    ];

    private sealed record Launcher(string Rank, string Size, string LocalRank, Func<Func<string, string?>, string?> LocalSize);

    /// <summary>A process that no launcher has started.</summary>
    public static WorldPlace Alone { get; } = new(0, 1, 0, 1, "localhost", DefaultPort);

    /// <summary>How long processes wait for each other at the start.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a process may keep the others waiting within an update; nothing but computing is done there.</summary>
    public TimeSpan StepPatience { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Whether there are no others.</summary>
    public bool IsAlone => Processes == 1;

    /// <summary>Whether it follows process 0, which alone records.</summary>
    public bool Follows => Process > 0;

    /// <summary>Reads the variables that torchrun, Open MPI, Slurm's srun, MPICH and Intel MPI set.</summary>
    /// <param name="variable">An environment variable's value, or null.</param>
    /// <exception cref="UserErrorException">They contradict each other, or one is missing.</exception>
    public static WorldPlace Of(Func<string, string?> variable)
    {
        string? Get(string name) => variable(name) is { Length: > 0 } value ? value : null;
        var found = Array.Find(Launchers, l => Get(l.Rank) is not null && Get(l.Size) is not null);
        if (found is null)
            return Get("RANK") is null || Get("WORLD_SIZE") is not null ? Alone
                : throw new UserErrorException($"RANK is {Get("RANK")} but WORLD_SIZE is not set: start through torchrun, srun or mpirun, or set both, or neither");
        var size = Number(found.Size, Get(found.Size)!, 1);
        var rank = Number(found.Rank, Get(found.Rank)!, 0);
        if (rank >= size) throw new UserErrorException($"{found.Rank} is {rank} where {found.Size} is {size}: processes are counted from 0 to {size - 1}");
        if (size == 1) return Alone;

        var local = Get(found.LocalRank) is { } localRank ? Number(found.LocalRank, localRank, 0) : 0;
        var locals = found.LocalSize(Get) is { } localSize ? Number("the number of processes on this machine", localSize, 1) : local + 1;
        if (local >= locals || locals > size)
            throw new UserErrorException($"{found.LocalRank} is {local} where {locals} processes are on this machine, and {found.Size} is {size}: the launcher's variables contradict each other");
        return new WorldPlace(rank, size, local, locals, AddressOf(Get, allAreHere: locals == size), PortOf(Get))
        {
            Patience = Get(Seconds) is { } seconds ? TimeSpan.FromSeconds(Number(Seconds, seconds, 1)) : Alone.Patience,
            StepPatience = Get(StallSeconds) is { } stall ? TimeSpan.FromSeconds(Number(StallSeconds, stall, 1)) : Alone.StepPatience,
        };
    }

    private static string AddressOf(Func<string, string?> variable, bool allAreHere) =>
        variable("MASTER_ADDR") ?? (allAreHere ? "localhost" : null) ?? SlurmStep.FirstNode(variable) ?? throw new UserErrorException(
            "MASTER_ADDR is not set, so that process 0 cannot be found: set it to the name of its machine for all processes (with mpirun: -x MASTER_ADDR=... -x MASTER_PORT=...)");

    private static int PortOf(Func<string, string?> variable)
    {
        var port = variable("MASTER_PORT") is { } text ? Number("MASTER_PORT", text, 1) : SlurmStep.Port(variable) ?? DefaultPort;
        // torchrun's own store listens there; its neighbour is ours, on all processes alike.
        if (string.Equals(variable("TORCHELASTIC_USE_AGENT_STORE"), "true", StringComparison.OrdinalIgnoreCase)) port++;
        return port <= ushort.MaxValue ? port : throw new UserErrorException($"MASTER_PORT leads to port {port}: ports end at {ushort.MaxValue}");
    }

    internal static int Number(string name, string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw new UserErrorException($"{name} is '{text}': a whole number from {least} on is needed");
}
