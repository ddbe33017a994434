using System.CommandLine;
using Itra.Cli.Arguments;
using Itra.Cli.Demo;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;

namespace Itra.Cli.Commands;

internal static class DemoCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("demo", "Draws a small world, trains on it, and shows the leaderboard.");
        command.SetAction((_, cancellation) => RunAsync(session, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellation)
    {
        var start = session.Clock.GetTimestamp();
        var say = session.Terminal.Out;
        var sizes = DemoSizes.Standard;
        say.WriteLine($"Pictures of two things each: {sizes.DayTrain} bright ones to pre-train on, {sizes.NightTrain} dark ones to fine-tune on, {sizes.HeldOut} dark ones held out.");
        var (world, drawn) = DemoWorld.Prepare(Path.Combine(session.Home, "demo", "world"), sizes);
        say.WriteLine($"They are in {world.Datasets}{(drawn ? "" : ", from an earlier demo")}.");

        var logs = Path.Combine(session.Home, "demo", "logs");
        await using var execution = new Execution(session);
        var preTrained = await RunAsync(DemoPlan.PreTraining(world, logs), execution, say);
        List<Execution.Outcome> outcomes = [preTrained];
        foreach (var stage in DemoPlan.FineTunings(world, logs, Path.Combine(logs, preTrained.Name, "checkpoints", "epoch_latest.pt")))
        {
            if (outcomes[^1].Status != RunStatus.Completed) break;
            outcomes.Add(await RunAsync(stage, execution, say));
        }
        if (outcomes[^1].Status is not RunStatus.Completed and var status) return ExitCode.Of(status);

        var rows = await execution.Reader.LeaderboardAsync(LeaderboardDefinition.MeanRecall with { Filters = new LeaderboardFilters(DemoPlan.Experiment) }, cancellation);
        say.WriteLine();
        say.WriteLine($"Leaderboard of the demo: retrieval among {sizes.HeldOut} held-out pictures and their {5 * sizes.HeldOut} captions, in percent");
        new Answer(session.Terminal, asJson: false).Rows(rows, "", LeaderboardColumns.For(rows));
        await MixAsync(outcomes[1], execution, session, say);
        say.WriteLine();
        say.WriteLine($"All of it took {Form.Duration(session.Clock.GetElapsedTime(start))}. What to type next:");
        foreach (var (what, gives) in new[]
                 {
                     ($"itra runs show {outcomes[1].RunId}", "settings, curves and scores of a run"),
                     ($"itra wise-ft {outcomes[1].RunId}", "mixtures of weights in finer steps"),
                     ($"itra events {outcomes[1].RunId}", "everything that was recorded of it, in order"),
                     ("itra leaderboard", "all runs there are"),
                     ("itra train --help", "your own pictures: --datasets-dir, --train-data"),
                 })
            say.WriteLine($"  {what,-32} {gives}");
        return ExitCode.Done;
    }

    /// <summary>Scores mixtures of the weights before and after a fine-tuning on both kinds of pictures.</summary>
    private static async Task MixAsync(Execution.Outcome tuned, Execution execution, Session session, TextWriter say)
    {
        using var interruption = new Interruption(session, () => session.Terminal.Error.WriteLine("itra: stopping; the points so far are recorded"));
        say.WriteLine();
        say.WriteLine($"WiSE-FT: mean recall of weights between the pre-trained ones (0) and those of {tuned.Name} (1), on dark and on bright held-out pictures");
        var request = await WiseFtCommand.FindAsync(execution, tuned.RunId, DemoCurve.Alphas, epoch: null, interruption.Token) with { AlsoRetrieval = [DemoPlan.Bright] };
        DemoCurve.Of(await execution.SendAsync(request, interruption.Token), DemoPlan.Bright).Write(new Answer(session.Terminal, asJson: false), say);
    }

    private static Task<Execution.Outcome> RunAsync(DemoStage stage, Execution execution, TextWriter say)
    {
        string[] words = [.. stage.Words, "--experiment", DemoPlan.Experiment];
        say.WriteLine();
        say.WriteLine($"{stage.Title}:");
        var request = TrainRequest.Read(words);
        return execution.RunAsync(request with { Origins = request.Origins.Keys.ToDictionary(key => key, _ => "itra demo") }, words);
    }
}
