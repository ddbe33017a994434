namespace Itra.Trainer.Distributed;

/// <summary>How a process introduces itself to process 0.</summary>
/// <param name="Version">Of the program and of libtorch: others have other digits, or other messages.</param>
/// <param name="Port">Where it awaits those with higher numbers.</param>
/// <param name="Settings">What it was started with; null if it takes what process 0 has.</param>
internal sealed record Greeting(int Process, int Processes, string Version, string Host, int Port, IReadOnlyDictionary<string, string>? Settings)
{
    /// <summary>What process 0 computes on; others find that out when they know the settings.</summary>
    public string? Device { get; init; }
}

/// <summary>Process 0's answer, once everybody is there.</summary>
/// <param name="Token">By which the processes know each other.</param>
/// <param name="Peers">By process; the first is process 0 itself.</param>
/// <param name="WorkingDirectory">Process 0's, which its settings may refer to.</param>
internal sealed record Invitation(string Token, IReadOnlyList<Peer> Peers, IReadOnlyDictionary<string, string> Settings, string WorkingDirectory)
{
    /// <summary>What process 0 computes on, and so all have to.</summary>
    public string? Device { get; init; }
}

/// <param name="Address">As process 0 sees it; empty for its own machine.</param>
internal sealed record Peer(string Host, string Address, int Port);

/// <summary>Opens a connection for tensors.</summary>
internal sealed record DataGreeting(string Token, int Process);
