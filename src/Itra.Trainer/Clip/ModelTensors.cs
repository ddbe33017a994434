using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Itra.Domain;
using Itra.Trainer.Clip.Norms;
using Itra.Trainer.Distributed;
using Itra.Trainer.Models;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>The parameters and buffers of one model, by name, in the order in which checkpoints list them.</summary>
internal sealed class ModelTensors : IDisposable
{
    private readonly Dictionary<string, Tensor> byName;

    private ModelTensors(IReadOnlyList<TensorPlan> plan, Dictionary<string, Tensor> byName, Device device) => (Plan, this.byName, Device) = (plan, byName, device);

    public IReadOnlyList<TensorPlan> Plan { get; }

    /// <summary>Where all of them are.</summary>
    public Device Device { get; private set; }

    /// <summary>What computes with them.</summary>
    public IKernels Kernels { get; init; } = TorchKernels.Instance;

    public IEnumerable<TensorPlan> Parameters => Plan.Where(p => !p.IsBuffer);

    public Tensor this[string name] => byName[name];

    /// <summary>The same for a name that is put together on the spot, without making a string of it: a step asks five hundred times.</summary>
    public Tensor this[DefaultInterpolatedStringHandler name]
    {
        get
        {
            var tensor = byName.GetAlternateLookup<ReadOnlySpan<char>>()[name.Text];
            name.Clear();
            return tensor;
        }
    }

    /// <summary>False while a batch is computed a second time: batch norm must not count it twice.</summary>
    public bool TracksStatistics { get; private set; } = true;

    /// <summary>What batch norm normalises together in training.</summary>
    public IBatchNorm BatchNorm { get; set; } = LocalBatchNorm.Instance;

    /// <summary>Of the backward passes through these weights.</summary>
    public BackwardFailure Failure { get; } = new();

    /// <summary>Until it is disposed, batch norm leaves its running statistics alone.</summary>
    public IDisposable WithoutTracking()
    {
        var before = TracksStatistics;
        TracksStatistics = false;
        return new Tracking(this, before);
    }

    /// <summary>Allocates and initialises on the host, so that the values are the same for every device; <paramref name="seed"/> alone decides them.</summary>
    public static ModelTensors Create(IReadOnlyList<TensorPlan> plan, long seed, IKernels? kernels = null)
    {
        using var noGrad = no_grad();
        // Its own generator: the library's global one is shared with everything else in the process.
        using var random = new Generator((ulong)seed);
        var byName = new Dictionary<string, Tensor>(plan.Count);
        foreach (var tensor in plan)
        {
            var values = empty(tensor.Shape, tensor.Type, CPU);
            tensor.Initialise(values, random);
            byName.Add(tensor.Name, values.DetachFromDisposeScope());
        }
        return new ModelTensors(plan, byName, CPU) { Kernels = kernels ?? TorchKernels.Instance };
    }

    /// <summary>A copy with storage of its own.</summary>
    /// <param name="device">Where; null for where this is.</param>
    public ModelTensors Clone(Device? device = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return new ModelTensors(Plan, Plan.ToDictionary(p => p.Name, p => byName[p.Name].detach().to(device ?? Device, copy: true).DetachFromDisposeScope()), device ?? Device) { Kernels = Kernels };
    }

    /// <summary>Takes all of them to a device. Before anything holds on to one.</summary>
    public void MoveTo(Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (device.ToString() == Device.ToString()) return;
        foreach (var plan in Plan) Replace(plan.Name, byName[plan.Name].to(device).DetachFromDisposeScope());
        Device = device;
    }

    /// <summary>Reads every tensor whose name is chosen straight into its place.</summary>
    /// <param name="from">For messages: the file they come from.</param>
    /// <exception cref="UserErrorException">
    /// A chosen tensor is missing there, or has another shape; then none was changed. Or the file became shorter while it was read.
    /// </exception>
    /// <remarks>
    /// Not found here is a value that changed on the disk while the file kept its form. Files of the artifact store are compared with their
    /// SHA-256 before they are opened, and that of any file a run starts from is recorded.
    /// </remarks>
    public void ReadFrom(IReadOnlyDictionary<string, StoredTensor> stored, Func<string, bool> chosen, string from)
    {
        List<(Tensor Place, StoredTensor Values)> reads = [];
        foreach (var plan in Plan.Where(p => chosen(p.Name)))
        {
            if (!stored.TryGetValue(plan.Name, out var values)) throw new UserErrorException($"{from} has no tensor {plan.Name}: it is not of this architecture");
            if (!values.Shape.SequenceEqual(plan.Shape))
                throw new UserErrorException($"{from}: {plan.Name} is ({string.Join(", ", values.Shape)}), but this architecture has ({string.Join(", ", plan.Shape)})");
            reads.Add((byName[plan.Name], values));
        }
        ParallelReads.ForEach(reads, read =>
        {
            using var noGrad = no_grad(); // Of this thread alone.
            read.Values.LoadInto(read.Place);
        });
    }

    /// <summary>Puts another tensor in the place of a parameter, and disposes the one that was there.</summary>
    public void Replace(string name, Tensor tensor)
    {
        byName[name].Dispose();
        byName[name] = tensor;
    }

    /// <summary>Overwrites batch norm's running statistics with those of rank 0, as PyTorch's DistributedDataParallel does. All ranks have counted the same batches.</summary>
    public void ShareStatistics(ICollective ranks)
    {
        if (ranks.WorldSize == 1) return;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var statistics = Plan.Where(p => p.IsBuffer && p.Type == ScalarType.Float32).Select(p => byName[p.Name]).ToList();
        if (statistics.Count == 0) return;
        var all = cat(statistics.ConvertAll(s => s.flatten()));
        ranks.Broadcast(all);
        foreach (var (mine, theirs) in statistics.Zip(all.split([.. statistics.Select(s => s.numel())]))) mine.copy_(theirs.view_as(mine));
    }

    /// <summary>Overwrites all tensors with those of the first process; every process calls it.</summary>
    public void TakeFromFirst(INodeLink link)
    {
        using var noGrad = no_grad();
        foreach (var plan in Plan)
        {
            using var host = new HostTensor(byName[plan.Name]);
            link.Broadcast(host.Tensor);
            if (link.Node > 0 && !ReferenceEquals(host.Tensor, byName[plan.Name])) byName[plan.Name].copy_(host.Tensor);
        }
    }

    /// <summary>SHA-256 over name, shape and little-endian values of every tensor, in order.</summary>
    public string Digest() => Digest(_ => true);

    /// <summary>The same over the tensors that are chosen.</summary>
    public string Digest(Func<string, bool> chosen)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var plan in Plan.Where(p => chosen(p.Name)))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(plan.Name));
            foreach (var size in plan.Shape)
            {
                BinaryPrimitives.WriteInt64LittleEndian(number, size);
                hash.AppendData(number);
            }
            using var host = new HostTensor(byName[plan.Name]);
            TensorMemory.ForEachPiece(host.Tensor, (_, bytes) => hash.AppendData(bytes));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class Tracking(ModelTensors model, bool before) : IDisposable
    {
        public void Dispose() => model.TracksStatistics = before;
    }

    public void Dispose()
    {
        foreach (var tensor in byName.Values) tensor.Dispose();
    }
}
