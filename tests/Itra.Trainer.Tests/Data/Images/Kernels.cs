using System.Runtime.Intrinsics.X86;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data.Images;

/// <summary>The kernels that this machine can run; a test of another is skipped by name.</summary>
internal static class Kernels
{
    public static ResampleKernel Find(string name)
    {
        Assert.SkipUnless(name != "avx512" || Avx512Kernel.IsSupported, "this processor has no AVX-512");
        Assert.SkipUnless(name != "avx2" || Avx2.IsSupported, "this processor has no AVX2");
        return name switch
        {
            "fastest" => ResampleKernel.Fastest,
            "avx512" => new Avx512Kernel(),
            "avx2" => new Avx2Kernel(),
            "portable" => new PortableKernel(),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };
    }
}
