using System.Text.Json;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>What nodes tell each other that has not the same size everywhere. Every node calls the same in the same order.</summary>
internal static class NodeExchange
{
    /// <summary>Gives every node what each has, in the order of the nodes.</summary>
    /// <typeparam name="T">Goes as JSON.</typeparam>
    /// <exception cref="InvalidDataException">Another node has sent something else.</exception>
    public static IReadOnlyList<T> Exchange<T>(this INodeLink link, T mine)
    {
        using var scope = NewDisposeScope();
        var bytes = JsonSerializer.SerializeToUtf8Bytes(mine);
        var lengths = Lengths(link, bytes.Length);
        return [.. link.GatherRows(tensor(bytes, device: CPU), lengths).Select(part => ControlLine.Read<T>(part.bytes.ToArray()))];
    }

    /// <summary>Gives every node the rows of each, in the order of the nodes.</summary>
    /// <param name="rows">(n, ...) on the host; n may differ between nodes, the rest may not.</param>
    /// <param name="counts">n of each node.</param>
    /// <returns>In the scope that is open.</returns>
    public static IReadOnlyList<Tensor> GatherRows(this INodeLink link, Tensor rows, IReadOnlyList<long> counts)
    {
        long[] row = [.. rows.shape.Skip(1)];
        var most = counts.Max();
        var mine = zeros([most, .. row], rows.dtype, CPU);
        mine.narrow(0, 0, rows.size(0)).copy_(rows);
        var all = empty([link.Nodes, most, .. row], rows.dtype, CPU);
        if (most > 0) link.Gather(mine, all);
        return [.. counts.Select((count, node) => all.select(0, node).narrow(0, 0, count))];
    }

    private static long[] Lengths(INodeLink link, long mine)
    {
        using var own = tensor(new[] { mine }, device: CPU);
        using var all = empty(link.Nodes, ScalarType.Int64, CPU);
        link.Gather(own, all);
        return all.data<long>().ToArray();
    }
}
