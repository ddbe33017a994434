using Itra.Domain;
using Itra.Trainer.Clip.Norms;
using Itra.Trainer.Data.Images;
using Itra.Trainer.Devices;

namespace Itra.Trainer.Native;

/// <summary>All that is reached below TorchSharp's public surface, in one list. What drives GPUs is <see cref="CudaState"/>'s.</summary>
public static class FastPaths
{
    /// <summary>Each as it stands in this process. Loads libtorch.</summary>
    /// <exception cref="UserErrorException">There is no libtorch that can be used, or <see cref="FastPath.Variable"/> names what there is not.</exception>
    public static IReadOnlyList<FastPath> Look()
    {
        TorchLibraries.MustBeUsable();
        IReadOnlyList<FastPath> all =
        [
            Autocast.Path, LibTorch.FusedAdamWPath, FusedBatchNorm.Path, TensorMemory.Path, GpuArithmetic.Path, TorchBuild.Path,
            LibC.IdleThreadsPath, LibC.KeptMemoryPath, LibC.WriteBehindPath, TurboJpeg.Path, ResampleKernel.Path,
        ];
        if (FastPath.DeclinedNames.FirstOrDefault(name => all.All(p => p.Name != name)) is { } unknown)
            throw new UserErrorException($"{FastPath.Variable} names '{unknown}', which is none of {string.Join(", ", all.Select(p => p.Name))}");
        return all;
    }

    /// <summary>Names of those that are not used and on which the last digits of numbers depend; null if there are none.</summary>
    /// <exception cref="UserErrorException"><see cref="FastPath.Variable"/> names what there is not.</exception>
    public static string? NotUsed() => Look().Where(p => !p.IsUsed && p.ChangesDigits).Select(p => p.Name).ToList() is { Count: > 0 } names ? string.Join(", ", names) : null;
}
