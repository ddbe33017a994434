using Itra.Cli.Display;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Cli.Tests.Display;

public class TrainingProgressTests
{
    private static LogMetrics Step(long step, double loss) => new(MetricChunk.OfStep(step, ("training/loss-align", loss), ("training/learning_rate", 1e-3)));

    private static TrainingProgress After(params (RunCommand Command, double Seconds)[] story) =>
        story.Aggregate(new TrainingProgress(), (p, s) => p.After(s.Command, TimeSpan.FromSeconds(s.Seconds)));

    [Fact]
    public void Epoch_and_step_follow_from_the_plan()
    {
        var progress = After((new PlanTraining(3, 10, 8), 0), (Step(0, 2), 1), (Step(1, 1.5), 2));
        Assert.Equal((1, 2, 30L, 1.5, 1e-3), (progress.Epoch, progress.StepOfEpoch, progress.Steps, progress.Loss, progress.LearningRate));
        var (last, first) = (After((new PlanTraining(3, 10, 8), 0), (Step(9, 1), 1)), After((new PlanTraining(3, 10, 8), 0), (Step(10, 1), 1)));
        Assert.Equal(((1, 10), (2, 1)), ((last.Epoch, last.StepOfEpoch), (first.Epoch, first.StepOfEpoch)));
    }

    [Fact]
    public void Speed_and_what_is_left_follow_from_the_last_steps()
    {
        var progress = After((new PlanTraining(1, 10, 8), 0), (Step(0, 2), 2), (Step(1, 2), 4));
        Assert.Equal(4, progress.ImagesPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(16), progress.Remaining);
    }

    [Fact]
    public void The_time_of_an_evaluation_is_not_that_of_the_steps()
    {
        var scores = new RecordRetrieval(1, "val", "", "raw", 1, 5, new RetrievalScores(1, 1, 1, 1, 1, 1), 100);
        var progress = After((new PlanTraining(2, 2, 8), 0), (Step(0, 2), 1), (Step(1, 2), 2), (scores, 102), (Step(2, 2), 103));
        Assert.Equal(TimeSpan.FromSeconds(1), progress.Remaining);
        Assert.Equal([scores], progress.Scores);
    }

    [Fact]
    public void Before_the_plan_is_known_nothing_is_claimed()
    {
        var progress = new TrainingProgress();
        Assert.Equal((0, 0L, null, null, null), (progress.Epoch, progress.Step, progress.Loss, progress.ImagesPerSecond, progress.Remaining));
    }
}
