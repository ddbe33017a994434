using System.Collections;

namespace Itra.Cli.Training;

/// <summary>Environment variables that can change what a run computes, or where it looks for things.</summary>
internal static class ResultVariables
{
    private static readonly string[] Prefixes =
        ["ITRA_", "DOTNET_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "DNNL_", "ONEDNN_", "TORCH_", "PYTORCH_", "ATEN_", "CUDA_", "CUBLAS_", "CUDNN_", "NCCL_", "SLURM_", "OMPI_", "MASTER_", "VIPS_", "LC_"];

    private static readonly string[] Names = ["RANK", "WORLD_SIZE", "LOCAL_RANK", "LANG", "TZ", "LD_LIBRARY_PATH", "LD_PRELOAD", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX"];

    /// <summary>Those that are set, by name, in alphabetical order.</summary>
    /// <param name="environment">Variables by name, as <see cref="Environment.GetEnvironmentVariables()"/> gives them.</param>
    public static IReadOnlyDictionary<string, string> Of(IDictionary environment, Redaction redaction)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in environment)
        {
            var name = (string)variable.Key;
            if (!Names.Contains(name) && !Prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal))) continue;
            kept[name] = Redaction.NamesASecret(name) ? Redaction.Mask : redaction.Text(variable.Value as string ?? "");
        }
        return kept;
    }
}
