using Itra.Domain;
using Itra.Trainer.Distributed;

namespace Itra.Trainer.Tests.Distributed;

public class WorldPlaceTests
{
    [Theory]
    [InlineData("RANK=3 WORLD_SIZE=4 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1234", "3/4 1/2 a:1234")]
    [InlineData("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a", "1/2 0/1 a:29500")]
    [InlineData("RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29500 TORCHELASTIC_USE_AGENT_STORE=True", "0/2 0/2 127.0.0.1:29501")]
    [InlineData("RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29500 TORCHELASTIC_USE_AGENT_STORE=False", "0/2 0/2 127.0.0.1:29500")]
    [InlineData("SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=1 SLURM_STEP_ID=0 SLURM_JOB_ID=12345 SLURM_NODEID=1 SLURM_STEP_TASKS_PER_NODE=4(x2) SLURM_STEP_NODELIST=gpu[07-09,12],cpu1", "5/8 1/4 gpu07:22345")]
    [InlineData("SLURM_PROCID=2 SLURM_STEP_NUM_TASKS=3 SLURM_LOCALID=0 SLURM_STEP_ID=2 SLURM_JOB_ID=7 SLURM_NODEID=1 SLURM_TASKS_PER_NODE=2,1 SLURM_JOB_NODELIST=a1,a2 MASTER_PORT=99", "2/3 0/1 a1:99")]
    [InlineData("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=0 SLURM_JOB_ID=7 SLURM_STEP_TASKS_PER_NODE=2 SLURM_STEP_NODELIST=a1 MASTER_ADDR=b", "0/2 0/2 b:20007")]
    [InlineData("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 SLURM_JOB_NODELIST=r[1-2]n[3-4] SLURM_TASKS_PER_NODE=1(x2)", "0/2 0/1 r1n3:29500")]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2", "1/2 1/2 localhost:29500")]
    [InlineData("PMI_RANK=1 PMI_SIZE=2 MPI_LOCALRANKID=0 MPI_LOCALNRANKS=1 MASTER_ADDR=a MASTER_PORT=5", "1/2 0/1 a:5")]
    // A launcher within a launcher's step: the inner one counts.
    [InlineData("RANK=1 WORLD_SIZE=4 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=0", "1/4 1/2 a:29500")]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=1 SLURM_JOB_ID=4294967290 SLURM_STEP_ID=4294967290 SLURM_JOB_NODELIST=x[2,3]", "1/2 0/1 x2:24580")]
    // A size that a script exports for programs of its own.
    [InlineData("WORLD_SIZE=2 MASTER_ADDR=a SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=0", "1/2 0/1 a:29500")]
    public void Every_launcher_s_variables_say_where_a_process_is(string variables, string expected)
    {
        var place = WorldPlace.Of(Variables(variables));
        Assert.Equal(expected, $"{place.Process}/{place.Processes} {place.LocalProcess}/{place.LocalProcesses} {place.Address}:{place.Port}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 MASTER_ADDR=a")]
    [InlineData("RANK= WORLD_SIZE=")]
    [InlineData("WORLD_SIZE=8")]
    // Within an allocation or a batch script: there is one process, however many could be started.
    [InlineData("SLURM_JOB_ID=1 SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_JOB_NODELIST=a[1-8]")]
    [InlineData("SLURM_JOB_ID=1 SLURM_NTASKS=8 SLURM_PROCID=0 SLURM_STEP_ID=4294967290 SLURM_STEP_NUM_TASKS=1")]
    public void Who_was_started_by_no_launcher_is_alone(string variables) => Assert.True(WorldPlace.Of(Variables(variables)).IsAlone);

    [Theory]
    [InlineData("RANK=2 WORLD_SIZE=2 MASTER_ADDR=a", "RANK is 2 where WORLD_SIZE is 2")]
    [InlineData("RANK=x WORLD_SIZE=2 MASTER_ADDR=a", "RANK is 'x': a whole number")]
    [InlineData("RANK=0 WORLD_SIZE=-2 MASTER_ADDR=a", "WORLD_SIZE is '-2': a whole number from 1 on")]
    [InlineData("RANK=0 WORLD_SIZE=0 MASTER_ADDR=a", "WORLD_SIZE is '0'")]
    [InlineData("RANK=1", "WORLD_SIZE is not set")]
    [InlineData("RANK=1 WORLD_SIZE=2", "MASTER_ADDR is not set")]
    [InlineData("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=70000", "port 70000")]
    [InlineData("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a LOCAL_RANK=2 LOCAL_WORLD_SIZE=2", "contradict each other")]
    [InlineData("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a LOCAL_RANK=0 LOCAL_WORLD_SIZE=4", "contradict each other")]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=1", "-x MASTER_ADDR")]
    public void Nonsense_is_refused_in_one_line(string variables, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => WorldPlace.Of(Variables(variables)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void How_long_processes_wait_for_each_other_can_be_set() =>
        Assert.Equal(TimeSpan.FromSeconds(7), WorldPlace.Of(Variables("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a ITRA_RENDEZVOUS_SECONDS=7")).Patience);

    [Fact]
    public void How_long_a_process_may_keep_the_others_waiting_can_be_set() =>
        Assert.Equal(TimeSpan.FromSeconds(9), WorldPlace.Of(Variables("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a ITRA_STALL_SECONDS=9")).StepPatience);

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        return values.GetValueOrDefault;
    }
}
