namespace Itra.Cli.Tests.Commands;

public class PipedOutputTests(RecordedRuns recorded)
{
    private string[] Lines(params string[] words) => recorded.Itra.Run(words).Output.TrimEnd('\n').Split('\n');

    [Fact]
    public void A_pipe_gets_tab_separated_lines_under_a_heading()
    {
        var lines = Lines("runs", "ls");
        Assert.Equal(3, lines.Length);
        Assert.Equal(["id", "name", "experiment", "status", "epoch", "last_loss", "best_mean_recall", "started_at", "trainer", "marks", "verdict"], lines[0].Split('\t'));
        Assert.Equal([RecordedRuns.Completed, "good", "demo", "completed", "2/2", "1.2500", "45.00"], lines[2].Split('\t')[..7]);
        Assert.DoesNotContain('\u001b', string.Concat(lines));
    }

    [Fact]
    public void A_run_is_found_by_name_and_by_the_beginning_of_its_id()
    {
        Assert.Equal(Lines("runs", "show", "good"), Lines("runs", "show", "0comp"));
        Assert.Equal(14, Lines("events", RecordedRuns.Completed).Length);
    }

    [Fact]
    public void An_ambiguous_beginning_names_the_runs_it_could_be()
    {
        var outcome = recorded.Itra.Run("runs", "show", "run-");
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains($"{RecordedRuns.Completed} (good)", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 run is named: a comparison takes from 2 to 20", "good")]
    [InlineData("a run is named twice", "good", "0comp")]
    public void A_comparison_takes_two_different_runs(string message, params string[] runs)
    {
        var outcome = recorded.Itra.Run(["compare", .. runs]);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }
}
