using System.Collections;
using Itra.Cli.Training;

namespace Itra.Cli.Tests.Training;

public class ResultVariablesTests
{
    [Fact]
    public void What_can_change_a_result_is_kept_without_secrets_and_nothing_else()
    {
        var environment = new Hashtable
        {
            ["OMP_NUM_THREADS"] = "4", ["MKL_CBWR"] = "AVX2", ["SLURM_JOB_ID"] = "77", ["SLURM_JWT"] = "eyJhbGciOi", ["TZ"] = "UTC", ["LC_ALL"] = "C",
            ["ITRA_S3_SECRET_KEY"] = "hunter2-correct-horse", ["ITRA_POSTGRES"] = "Host=db;Password=swordfish9", ["HOME"] = "/home/me", ["RANKING"] = "1",
        };
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["ITRA_POSTGRES"] = "Host=db;Password=***", ["ITRA_S3_SECRET_KEY"] = "***", ["LC_ALL"] = "C", ["MKL_CBWR"] = "AVX2", ["OMP_NUM_THREADS"] = "4",
                ["SLURM_JOB_ID"] = "77", ["SLURM_JWT"] = "***", ["TZ"] = "UTC",
            },
            ResultVariables.Of(environment, new Redaction(environment)));
    }
}
