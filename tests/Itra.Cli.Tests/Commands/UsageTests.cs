namespace Itra.Cli.Tests.Commands;

public sealed class UsageTests : IDisposable
{
    private readonly ItraProgram itra = new();

    public void Dispose() => itra.Dispose();

    [Fact]
    public void Without_a_command_the_help_fits_one_screen()
    {
        var outcome = itra.Run();
        Assert.Equal(ExitCode.Done, outcome.ExitCode);
        var lines = outcome.Output.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 10, 24);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 100));
        Assert.Equal(outcome.Output, itra.Run("--help").Output);
    }

    [Theory]
    [InlineData("there is no `itra leaderbord`; the nearest is `itra leaderboard`", "leaderbord")]
    [InlineData("`itra runs` needs one more word: ls, show", "runs")]
    [InlineData("there is no `itra runs list`; the nearest is `itra runs ls`", "runs", "list")]
    [InlineData("unknown flag --jsn; the nearest known one is --json", "runs", "ls", "--jsn")]
    [InlineData("unknown flag --jsn; the nearest known one is --json", "audit", "verify", "--jsn")]
    [InlineData("unknown flag --as-off; the nearest known one is --as-of", "compare", "one", "other", "--as-off")]
    [InlineData("unknown flag --metrik; the nearest known one is --metric", "leaderboard", "--metrik", "x")]
    [InlineData("there is no run '--jsn'", "runs", "show", "--", "--jsn")]
    [InlineData("there is no run 'nobody'", "runs", "show", "nobody")]
    [InlineData("unknown flag --weigth_decay; the nearest known one is --weight_decay", "train", "--weigth_decay", "1")]
    [InlineData("--lr takes a number, not 'fast'", "train", "--lr", "fast")]
    [InlineData("--image-model is missing", "train", "--epochs", "1")]
    [InlineData("there is no trainer 'dreamer'", "train", "--trainer", "dreamer", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50")]
    [InlineData("--nproc_per_node takes a whole number, not 'all'", "train", "--nproc_per_node", "all")]
    [InlineData("there is no model 'RN51'; the nearest one is 'RN50'", "models", "params", "RN51")]
    [InlineData("there is no model 'RN51'; the nearest one is 'RN50'", "train", "--retrieval-data", "mscoco_captions", "--image-model", "RN51", "--text-model", "RN50")]
    [InlineData("--dataset-size must be at least 1", "train", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50", "--dataset-size", "0")]
    [InlineData("--joint-projection-dim must be at least 1", "train", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50", "--joint-projection-dim", "0")]
    [InlineData("--name a/../../b leads out of --logs", "train", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50", "--name", "a/../../b")]
    [InlineData("--resume . is a folder", "train", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50", "--resume", ".")]
    [InlineData("--lr has an empty value", "train", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50", "--lr", "")]
    [InlineData("--train-data has an empty value", "train", "--train-data", "", "--image-model", "RN50", "--text-model", "RN50")]
    [InlineData("--resume has an empty value", "train", "--train-data", "x", "--image-model", "RN50", "--text-model", "RN50", "--resume=")]
    [InlineData("--set foo sets nothing: write a setting and its value, for example --set epochs=2", "sweep", "run", "x.yaml", "--set", "foo")]
    [InlineData("'xml' not recognized. Must be one of: 'table' 'markdown' 'csv'", "report", "x.yaml", "--format", "xml")]
    [InlineData("RUN and --all are two different things", "audit", "verify", "x", "--all")]
    [InlineData("nothing has been recorded yet", "audit", "seal")]
    [InlineData("ITRA_POSTGRES", "runs", "ls")]
    public void Wrong_input_is_one_line_exit_code_2_and_leaves_nothing_behind(string message, params string[] words)
    {
        var variables = message == "ITRA_POSTGRES" ? new Dictionary<string, string> { ["ITRA_POSTGRES"] = "nonsense" } : [];
        var outcome = itra.RunWith(variables, words);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.StartsWith("itra: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(outcome.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(itra.Home));
    }

    [Fact]
    public void A_server_that_does_not_answer_is_a_failure_in_one_line_without_its_password()
    {
        var outcome = itra.RunWith(new Dictionary<string, string> { ["ITRA_POSTGRES"] = "postgres://me:hunter2-horse@127.0.0.1:1/itra" }, "runs", "ls");
        Assert.Equal(ExitCode.Failed, outcome.ExitCode);
        Assert.Contains("does not answer", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", outcome.Error + outcome.Output, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Looking_makes_no_store()
    {
        Assert.Equal("[]\n", itra.Run("runs", "ls", "--json").Output);
        Assert.Equal("[]\n", itra.Run("leaderboard", "--json").Output);
        Assert.StartsWith("id\tname\t", itra.Run("runs", "ls").Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(itra.Home));
    }

    [Fact]
    public void Programs_are_not_taken_from_the_working_directory()
    {
        foreach (var name in new[] { "test", "git", "setpriv", "chown", "env" })
        {
            File.WriteAllText(Path.Combine(itra.Home, name), $"#!/bin/sh\ntouch {itra.Home}/taken\nexit 1\n");
            File.SetUnixFileMode(Path.Combine(itra.Home, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        Assert.Equal((ExitCode.Done, ""), itra.Run("doctor") is var o ? (o.ExitCode, o.Error) : default);
        Assert.False(File.Exists(Path.Combine(itra.Home, "taken")));
    }

    [Fact]
    public void The_help_of_train_lists_every_flag_of_the_guide()
    {
        var help = itra.Run("train", "--help").Output;
        Assert.All(["--train-data", "--weight_decay", "--max-grad-norm", "--lock-image-partial", "--opt_betas", "--experiment", "--nproc_per_node"],
            flag => Assert.Contains(flag, help, StringComparison.Ordinal));
    }
}
