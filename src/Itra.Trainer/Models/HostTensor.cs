using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>
/// A tensor made ready to be written, one at a time so that a model never stands in memory twice: contiguous on the host, which
/// is the tensor itself where it already is.
/// </summary>
internal readonly struct HostTensor : IDisposable
{
    private readonly Tensor? copy;

    public HostTensor(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
        {
            using var detached = tensor.detach();
            using var host = detached.cpu();
            copy = host.contiguous();
        }

        Tensor = copy ?? tensor;
    }

    public Tensor Tensor { get; }

    public void WriteTo(Stream stream) => TensorMemory.ForEachPiece(Tensor, (_, bytes) => stream.Write(bytes));

    public void Dispose() => copy?.Dispose();
}
