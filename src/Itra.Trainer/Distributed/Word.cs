namespace Itra.Trainer.Distributed;

/// <summary>What one process says to another beside the tensors. Processes of other versions must be able to tell that they are: numbers stay.</summary>
internal enum Word : byte
{
    /// <summary>A process wants to take part; a <see cref="Greeting"/>.</summary>
    Greeting = 1,

    /// <summary>Process 0 has found everybody; an <see cref="Invitation"/>.</summary>
    Invitation = 2,

    /// <summary>Process 0 does not let it take part; why.</summary>
    Refusal = 3,

    /// <summary>A connection for tensors; the token of the invitation and who opens it.</summary>
    Data = 4,

    /// <summary>A process is prepared.</summary>
    Ready = 5,

    /// <summary>A process is alive.</summary>
    Pulse = 6,

    /// <summary>What is done next; an <see cref="Distributed.Order"/>.</summary>
    Order = 7,

    /// <summary>Somebody wants to stop: said to process 0, which says it to all.</summary>
    Stop = 8,

    /// <summary>A process cannot go on; why.</summary>
    Failure = 9,

    /// <summary>What an order asked for.</summary>
    Answer = 10,
}
